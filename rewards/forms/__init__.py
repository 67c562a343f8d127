from rewards.forms.reward import RewardForm, reward_form

__all__ = ["RewardForm", "reward_form"]

"""What the campaigns' services refuse."""

from loyalty.errors import DomainError, InvalidRequest, NotFound


class TemplateInvalid(InvalidRequest):
    """A message that cannot be saved; `field` names the place."""

    code = "template_invalid"


class TooManyTrials(DomainError):
    """A colleague had many messages mailed to them as a test."""

    code = "too_many_trials"


class TrialNotSent(DomainError):
    """A test of a message did not leave the house."""

    code = "trial_not_sent"


class LinkUnknown(NotFound):
    """A link of a message that we never made, or that is no longer in it."""

    code = "link_unknown"


class ReadingNotDue(DomainError):
    """The day on which a campaign is judged has not come, or none was said beforehand."""

    code = "reading_not_due"


class ReadAlready(DomainError):
    """A campaign is judged once."""

    code = "read_already"


class DoseTestRefused(DomainError):
    """A dose test cannot begin, or be read, as it is now; `detail` says why."""

    code = "dose_test_refused"


class TemplateKeyTaken(DomainError):
    """The programme has another message with this key."""

    code = "template_key_taken"


class OfferUnknown(NotFound):
    """There is no such offer, or it is not shown to this member."""

    code = "offer_unknown"


class CampaignInvalid(InvalidRequest):
    """A campaign's document that cannot be carried out; `field` is the path of what is wrong."""

    code = "campaign_invalid"


class CampaignKeyTaken(DomainError):
    """The programme has another campaign with this key."""

    code = "campaign_key_taken"


class CampaignStateWrong(DomainError):
    """In the state that the campaign is in, this cannot be done to it."""

    code = "campaign_state"


class OwnApproval(DomainError):
    """Who asked for approval, or made the version, cannot approve it."""

    code = "own_approval"


class BudgetSpent(DomainError):
    """What is given would cost more than the campaign may spend."""

    code = "no_budget"

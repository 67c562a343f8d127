"""A reward made after another one."""

from datetime import datetime

from django.db import transaction

from loyalty.errors import NotFound
from rewards.events import RewardChanged
from rewards.models import Reward, RewardPicture
from rewards.services.catalogue import announce, clean


@transaction.atomic
def copy_reward(
    *, reward_id: int, key: str, name_nl: str, name_en: str, actor: str, at: datetime
) -> Reward:
    """Draft a reward that is as the other one, picture included, under a key and names of its own.

    Stock and budget do not come along: there are no two of one thing. Raises NotFound, and
    InvalidRequest, which names the field.
    """
    copied = Reward.objects.filter(pk=reward_id).first()
    if copied is None:
        raise NotFound("There is no such reward.", field="reward")
    picture = RewardPicture.objects.filter(reward=copied).first()
    said = {field.attname: getattr(copied, field.attname) for field in Reward._meta.fields}
    reward = Reward(**said)
    reward.pk, reward.key, reward.name_nl, reward.name_en = None, key, name_nl, name_en
    reward.state, reward.budget = Reward.State.DRAFT, None
    clean(reward)
    reward.save(force_insert=True)
    if picture is not None:
        RewardPicture.objects.create(
            reward=reward,
            content=picture.content,
            digest=picture.digest,
            alt_nl=picture.alt_nl,
            alt_en=picture.alt_en,
        )
    announce(RewardChanged, reward, actor, at)
    return reward

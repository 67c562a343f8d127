"""A reward's picture as it is kept: never what was uploaded, always drawn again within limits."""

import warnings
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from django.db import transaction
from PIL import Image, ImageOps

from loyalty.errors import InvalidRequest, NotFound
from rewards.events import RewardChanged
from rewards.models import Reward, RewardPicture
from rewards.services.catalogue import announce, clean

MOST_BYTES = 8_000_000
MOST_PIXELS = 40_000_000
WIDTH, HEIGHT = 1200, 900
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 82


@transaction.atomic
def save_picture(
    *,
    reward_id: int,
    actor: str,
    at: datetime,
    upload: bytes | None = None,
    alt_nl: str = "",
    alt_en: str = "",
) -> RewardPicture:
    """Give a reward its picture; without an upload only the words of the one it has change.

    Raises NotFound, and InvalidRequest for what is no picture.
    """
    reward = _reward(reward_id)
    picture = RewardPicture.objects.filter(reward=reward).first()
    if upload is None and picture is None:
        raise NotFound("This reward has no picture.", field="picture")
    picture = picture or RewardPicture(reward=reward)
    if upload is not None:
        picture.content = picture_drawn_again(upload)
        picture.digest = sha256(picture.content).hexdigest()[:16]
    picture.alt_nl, picture.alt_en = alt_nl, alt_en
    clean(picture)
    picture.save()
    announce(RewardChanged, reward, actor, at)
    return picture


@transaction.atomic
def remove_picture(*, reward_id: int, actor: str, at: datetime) -> None:
    """Let a reward be without picture; one that has none stays so. Raises NotFound."""
    reward = _reward(reward_id)
    removed, _of = RewardPicture.objects.filter(reward=reward).delete()
    if removed:
        announce(RewardChanged, reward, actor, at)


def picture_drawn_again(upload: bytes) -> bytes:
    """The picture as a WebP of at most 1200 by 900, without anything else that the file held.

    Raises InvalidRequest for what is too large, is no PNG, JPEG or WebP, or cannot be drawn.
    """
    if len(upload) > MOST_BYTES:
        raise InvalidRequest("A picture is at most 8 MB.", field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(upload), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidRequest("A picture has at most 40 million pixels.", field="picture")
            drawn = ImageOps.exif_transpose(picture).convert("RGBA")
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as wrong:
        raise InvalidRequest("A picture is a PNG, JPEG or WebP file.", field="picture") from wrong
    drawn.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    clean_copy = Image.new("RGB", drawn.size, "white")
    clean_copy.paste(drawn, mask=drawn.getchannel("A"))
    written = BytesIO()
    clean_copy.save(written, "WEBP", quality=QUALITY)
    return written.getvalue()


def _reward(reward_id: int) -> Reward:
    reward = Reward.objects.select_for_update(no_key=True).filter(pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    return reward

"""Codes for a reward that nobody redeemed: made here or uploaded, followed, taken out, withdrawn."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import log2
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest, NotFound
from rewards.codes import code_of, digest_of
from rewards.errors import VoucherUnknown
from rewards.kinds import CashCard, Proof, proof_of, read_terms
from rewards.models import Reward, Voucher, VoucherBatch
from rewards.sealing import seal, unseal
from rewards.services.checking import checked

CHUNK = 1000
MOST = 1_000_000  # codes in a batch
MOST_UPLOADED = 100_000
LEAST_BITS = 60
PURPOSE = "voucher code"

State = VoucherBatch.State


@transaction.atomic
def make_batch(
    *,
    reward_id: int,
    key: str,
    names: Mapping[str, str],
    wanted: int,
    valid_from: datetime,
    valid_until: datetime,
    actor: str,
    at: datetime,
    max_uses: int | None = 1,
    limit_per_member: int | None = None,
) -> VoucherBatch:
    """Ask for so many codes; `make_codes` makes them. `names` are the words, by language.

    Raises NotFound, and InvalidRequest for what cannot be.
    """
    if not 0 < wanted <= MOST:
        raise InvalidRequest(f"At least one code, and at most {MOST}.", field="wanted")
    return _opened(
        reward_id,
        names,
        key=key,
        origin=VoucherBatch.Origin.GENERATED,
        wanted=wanted,
        valid_from=valid_from,
        valid_until=valid_until,
        max_uses=max_uses,
        limit_per_member=limit_per_member,
        actor=actor,
        created_at=at,
    )


@transaction.atomic
def make_codes(*, batch_id: int, at: datetime) -> int:
    """Make the next thousand codes of a batch; how many are still to be made.

    Whoever is stopped between two calls goes on where it was; two at once make none twice.
    """
    batch = _locked(batch_id)
    if batch.state != State.MAKING or batch.origin != VoucherBatch.Origin.GENERATED:
        return 0
    number = min(CHUNK, batch.wanted - batch.made)
    ids = [uuid7() for _ in range(number)]
    _store(batch, [_voucher(batch, at, id=id_, digest=digest_of(code_of(id_))) for id_ in ids])
    return batch.wanted - batch.made


@transaction.atomic
def upload_codes(
    *,
    reward_id: int,
    key: str,
    names: Mapping[str, str],
    codes: Sequence[str],
    valid_from: datetime,
    valid_until: datetime,
    actor: str,
    at: datetime,
    max_uses: int | None = 1,
    limit_per_member: int | None = None,
) -> VoucherBatch:
    """Take in codes that were made elsewhere, of the shape of ours; they are kept sealed.

    Each must have as many characters as ours and its check character, so that a till reads them
    alike. Raises NotFound, and InvalidRequest, which names the first row that is wrong: no code, a
    code twice, one that is taken, or codes too easily guessed (see `bits_of`). Then none was added.
    """
    digests = _digests(codes)
    batch = _opened(
        reward_id,
        names,
        key=key,
        origin=VoucherBatch.Origin.UPLOADED,
        wanted=len(digests),
        valid_from=valid_from,
        valid_until=valid_until,
        max_uses=max_uses,
        limit_per_member=limit_per_member,
        actor=actor,
        created_at=at,
    )
    vouchers = [
        _voucher(batch, at, id=uuid7(), digest=digest, sealed_code=_sealed(code))
        for digest, code in digests.items()
    ]
    _store(batch, vouchers)
    return batch


def bits_of(codes: Sequence[str]) -> float:
    """How hard they are to guess, estimated: what each place tells, added up, without the check.

    A place is worth five bits when its characters are spread as evenly as so many codes can show,
    less in proportion, and none when all are the same there. A single code tells nothing: 0.
    """
    total = 0.0
    for place in zip(*(code[:-1] for code in codes), strict=False):
        shares = [place.count(each) / len(place) for each in set(place)]
        seen = -sum(share * log2(share) for share in shares)
        most = log2(min(32, len(place)))
        total += 5 * seen / most if most else 0
    return total


@transaction.atomic
def withdraw_batch(*, batch_id: int, actor: str, at: datetime) -> VoucherBatch:
    """Let none of its codes be used any more; what was used stays so. Again changes nothing.

    Raises NotFound.
    """
    batch = _locked(batch_id)
    if batch.state != State.WITHDRAWN:
        batch.state = State.WITHDRAWN
        batch.save(update_fields=["state"])
    return batch


def codes_in(batch_id: int) -> Iterator[str]:
    """All its codes, in the order in which they were made; for who may take them out."""
    found = Voucher.objects.filter(batch=batch_id).order_by("pk")
    for voucher in found.only("id", "sealed_code").iterator(chunk_size=CHUNK):
        yield shown_code(voucher)


def shown_code(voucher: Voucher) -> str:
    """The voucher's code: as it was uploaded, or made from its id."""
    if voucher.sealed_code is None:
        return code_of(voucher.pk)
    return unseal(bytes(voucher.sealed_code), purpose=PURPOSE).decode()


def _opened(reward_id: int, names: Mapping[str, str], **said: Any) -> VoucherBatch:
    reward = Reward.objects.filter(pk=reward_id).first()
    if reward is None:
        raise NotFound("There is no such reward.", field="reward")
    if proof_of(read_terms(reward.kind, reward.terms)) is not Proof.VOUCHER:
        raise InvalidRequest("This reward is not had by a code.", field="reward")
    words = {f"name_{language}": names.get(language, "") for language in ("nl", "en")}
    batch = VoucherBatch(programme_id=reward.programme_id, reward=reward, **words, **said)
    checked(batch)
    batch.save(force_insert=True)
    return batch


def _digests(codes: Sequence[str]) -> dict[str, str]:
    """The digest of each, with its code as ours are written; empty rows are left out."""
    found: dict[str, str] = {}
    plain: list[str] = []
    for row, code in enumerate(codes, 1):
        if not code.strip():
            continue
        try:
            digest = digest_of(code.strip())
        except VoucherUnknown as error:
            raise InvalidRequest(f"Row {row} is not a code.", field="codes") from error
        if digest in found:
            raise InvalidRequest(f"Row {row} is there twice.", field="codes")
        found[digest] = code.strip()
        plain.append(code.strip().upper().replace("-", "").replace(" ", ""))
    if not 0 < len(plain) <= MOST_UPLOADED:
        raise InvalidRequest(f"At least one code, and at most {MOST_UPLOADED}.", field="codes")
    taken = Voucher.objects.filter(digest__in=list(found)).values_list("digest", flat=True).first()
    if taken:
        row = list(found).index(taken) + 1
        raise InvalidRequest(f"Code {row} is in use already.", field="codes")
    if len(plain) > 1 and bits_of(plain) < LEAST_BITS:
        raise InvalidRequest("These codes are too easily guessed.", field="codes")
    return found


def _voucher(batch: VoucherBatch, at: datetime, **said: Any) -> Voucher:
    return Voucher(
        reward=batch.reward,
        batch=batch,
        max_uses=None if _value(batch) is not None else batch.max_uses,
        value_left=_value(batch),
        issued_at=at,
        valid_from=batch.valid_from,
        expires_at=batch.valid_until,
        **said,
    )


def _value(batch: VoucherBatch) -> Decimal | None:
    """What is on each, of gift cards; they are used to the last cent, as often as that takes."""
    terms = read_terms(batch.reward.kind, batch.reward.terms)
    return terms.value if isinstance(terms, CashCard) else None


def _store(batch: VoucherBatch, vouchers: list[Voucher]) -> None:
    Voucher.objects.bulk_create(vouchers, batch_size=CHUNK)
    batch.made += len(vouchers)
    if batch.made == batch.wanted:
        batch.state = State.READY
    batch.save(update_fields=["made", "state"])


def _sealed(code: str) -> bytes:
    return seal(code.encode(), purpose=PURPOSE)


def _locked(batch_id: int) -> VoucherBatch:
    found = VoucherBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = found.select_related("reward").filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("There is no such batch.", field="batch")
    return batch

"""Codes for a reward that nobody redeemed: made here or uploaded, followed, taken out, withdrawn."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import log2
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from rewards.codes import code_of, digest_of, plain_foreign
from rewards.errors import CodesTooWeak
from rewards.events import BatchMade, BatchWithdrawn
from rewards.kinds import CashCard, Proof, proof_of, read_terms
from rewards.models import Reward, Voucher, VoucherBatch
from rewards.sealing import seal, unseal
from rewards.services.checking import checked
from rewards.services.uploaded_codes import Wrong, read_codes

CHUNK = 1000
MOST = 1_000_000  # codes in a batch
MOST_UPLOADED = 100_000
LEAST_BITS = 60
MOST_TOLD = 20  # rows that are wrong
ENOUGH_TO_MEASURE = 256  # codes
PURPOSE = "voucher code"

State = VoucherBatch.State
_WRONG = {
    Wrong.NO_CODE: "is not a code",
    Wrong.TWICE: "is there twice",
    Wrong.TAKEN: "is in use already",
}


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
    """Take in codes that were made elsewhere; they are kept sealed.

    Raises NotFound, InvalidRequest, which names the rows that are wrong (no code, a code twice, one
    that is taken), twenty at most; and CodesTooWeak for codes for one use that could be guessed
    (see `bits_of`; a code that many may use is no secret). Then none was added.
    """
    digests = _good(codes)
    told_apart = [plain_foreign(code) for code in digests.values()]
    if max_uses == 1 and bits_of(told_apart) < LEAST_BITS:
        raise CodesTooWeak(LEAST_BITS)
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
    """What a code holds at most: the entropy of its signs, place by place (Shannon).

    A few codes show too little of how often each sign stands in a place: of those, what their
    alphabet and length could hold.
    """
    length = min((len(code) for code in codes), default=0)
    if len(codes) < ENOUGH_TO_MEASURE:
        return length * log2(max(2, len(set("".join(codes)))))
    total = 0.0
    for place in range(length):
        counts = Counter(code[place] for code in codes)
        total -= sum(n / len(codes) * log2(n / len(codes)) for n in counts.values())
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
        event = BatchWithdrawn(
            subject=None, occurred_at=at, batch=batch.key, reward=batch.reward.key, actor=actor
        )
        publish(event, at=at)
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
    event = BatchMade(
        subject=None,
        occurred_at=batch.created_at,
        batch=batch.key,
        reward=reward.key,
        actor=batch.actor,
        codes=batch.wanted,
    )
    publish(event, at=batch.created_at)
    return batch


def _good(rows: Sequence[str]) -> dict[str, str]:
    """The digest of each, with the code as it was written."""
    codes, wrong = read_codes(rows)
    if wrong:
        said = [f"Row {row} {_WRONG[why]}." for row, why in wrong[:MOST_TOLD]]
        if len(wrong) > MOST_TOLD:
            said.append(f"And {len(wrong) - MOST_TOLD} more.")
        raise InvalidRequest(" ".join(said), field="codes")
    if not 0 < len(codes) <= MOST_UPLOADED:
        raise InvalidRequest(f"At least one code, and at most {MOST_UPLOADED}.", field="codes")
    return codes


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

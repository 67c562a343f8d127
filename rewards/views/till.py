"""The till's page: scan, see who it is and what fits, book, undo; by the deeds of the till's API."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.errors import DomainError
from loyalty.templatetags.figures import money, number, points_word
from members.models import MemberLook
from members.services.looks import record_look
from rewards.models import TillReceipt
from rewards.sales import Found, Sale, SaleAnswer, SaleQuote, TenderWish
from rewards.services.till import cancel_sale, commit_sale, lookup, quote_sale
from rewards.views.till_access import (
    CHOSEN,
    TillRequest,
    require_colleague,
    require_till,
    tills_of_the_house,
)
from rewards.views.till_form import TillSaleForm
from rewards.views.till_words import refusal_words, spoken
from rewards.worth_telling import worth_telling

CUSTOMER, SCANNED, ANSWER = "till_customer", "till_scanned", "till_answer"  # in the session
UNDO_SECONDS = 60
LAST_RECEIPTS = 5
MOST_SCANNED = 20  # vouchers in one sale


@require_http_methods(["GET", "HEAD", "POST"])
@require_colleague
def till_choose(request: HttpRequest) -> HttpResponse:
    """Which till this browser is, from now on."""
    tills = tills_of_the_house()
    chosen = next((till for till in tills if till.key == request.POST.get("till")), None)
    if chosen is not None:
        request.session[CHOSEN] = chosen.key
        _forget(request)
        return redirect("portal:till")
    return render(request, "till/choose.html", {"tills": tills})


@require_safe
@require_till
def till(request: TillRequest) -> HttpResponse:
    """The one page: the customer if there is one, the sale, the last receipts."""
    found = _customer(request)
    form = TillSaleForm(found=found, scanned=_scanned(request), initial={"key": uuid4()})
    return _page(request, form, found)


@require_POST
@require_till
def till_scan(request: TillRequest) -> HttpResponse:
    """Somebody's card, number or code; or a voucher, which goes with the sale."""
    code = request.POST.get("code", "").strip()
    try:
        found = lookup(till=request.till, scanned=code, at=timezone.now())
    except DomainError as refusal:
        _say(request, refusal_words(refusal, code), is_refused=True)
        return redirect("portal:till")
    if found.voucher is None:
        _forget(request)
    elif found.voucher.refusal:
        _say(request, refusal_words(found.voucher.refusal, code), is_refused=True)
        return redirect("portal:till")
    else:
        kept = [code, *(one for one in _scanned(request) if one != code)]
        request.session[SCANNED] = kept[:MOST_SCANNED]
    if found.customer is not None:
        _welcome(request, found.customer.id)
    return redirect("portal:till")


@require_POST
@require_till
def till_next(request: TillRequest) -> HttpResponse:
    """The next customer: this one is forgotten here."""
    _forget(request)
    return redirect("portal:till")


@require_POST
@require_till
def till_sale(request: TillRequest) -> HttpResponse:
    """Work out the sale, or book it."""
    found = _customer(request)
    form = TillSaleForm(request.POST, found=found, scanned=_scanned(request))
    if not form.is_valid():
        return _page(request, form, found)
    sale = _sale(found, form.cleaned_data)
    try:
        if request.POST.get("deed") != "commit":
            quote = quote_sale(till=request.till, sale=sale, at=timezone.now())
            return _page(request, form, found, quote)
        booked = commit_sale(
            till=request.till,
            receipt=form.receipt,
            sale=sale,
            actor=request.actor,
            at=timezone.now(),
        )
    except DomainError as refusal:
        form.add_error(form.field_of(refusal), refusal_words(refusal, ""))
        return _page(request, form, found)
    _forget(request)
    _say(request, _booked(booked, request.till.programme.currency), undo=booked.receipt)
    return redirect("portal:till")


@require_POST
@require_till
def till_undo(request: TillRequest) -> HttpResponse:
    """Undo a receipt of this till: everything that it did."""
    receipt = request.POST.get("receipt", "")
    try:
        undone = cancel_sale(
            till=request.till, receipt=receipt, actor=request.actor, at=timezone.now()
        )
    except DomainError as refusal:
        _say(request, refusal_words(refusal, receipt), is_refused=True)
        return redirect("portal:till")
    title = gettext("Undone: receipt %s") % undone.receipt
    _say(request, (title, gettext("All that it earned and used is as it was before.")))
    return redirect("portal:till")


def _page(
    request: TillRequest, form: TillSaleForm, found: Found | None, quote: SaleQuote | None = None
) -> HttpResponse:
    today = timezone.localdate()
    receipts = TillReceipt.objects.filter(till=request.till, day=today).order_by("-recorded_at")
    currency = request.till.programme.currency
    customer = found.customer if found else None
    tellings = worth_telling(customer.id, request.till, timezone.now()) if customer else []
    context: dict[str, Any] = {
        "till": request.till,
        "currency": currency,
        "customer": customer,
        "tellings": [(spoken(one.title), spoken(one.why)) for one in tellings],
        "tier_name": spoken(customer.tier_name) if customer and customer.tier else "",
        "form": form,
        "quote": quote and _said(quote, currency),
        "receipts": receipts[:LAST_RECEIPTS],
        "answer": request.session.pop(ANSWER, None),
    }
    return render(request, "till/till.html", context)


def _customer(request: TillRequest) -> Found | None:
    """Who stands at the till, and what fits them now; None once they cannot be found any more."""
    member = request.session.get(CUSTOMER, "")
    if not member:
        return None
    try:
        return lookup(till=request.till, scanned=member, at=timezone.now())
    except DomainError:
        _forget(request)
        return None


def _welcome(request: TillRequest, member_id: UUID) -> None:
    if request.session.get(CUSTOMER) != str(member_id):
        request.session[CUSTOMER] = str(member_id)
        record_look(
            member_id=member_id,
            actor=request.actor,
            role=gettext("Till"),
            deed=MemberLook.Deed.SEEN,
            what="till",
            at=timezone.now(),
        )


def _scanned(request: HttpRequest) -> list[str]:
    scanned: list[str] = request.session.get(SCANNED, [])
    return scanned


def _forget(request: HttpRequest) -> None:
    for name in (CUSTOMER, SCANNED):
        request.session.pop(name, None)


def _sale(found: Found | None, said: dict[str, Any]) -> Sale:
    used: dict[str, list[str]] = {"voucher": [], "reward": [], "gift": []}
    for one in said["use"]:
        kind, _, ref = one.partition(":")
        used[kind].append(ref)
    customer = found.customer if found else None
    return Sale(
        member=str(customer.id) if customer else "",
        amount=said["amount"],
        vouchers=tuple(used["voucher"]),
        rewards=tuple(used["reward"]),
        gifts=tuple(UUID(ref) for ref in used["gift"]),
        tender=TenderWish(points=said["tender"]) if said.get("tender") else None,
    )


def _say(
    request: HttpRequest, words: tuple[str, str], *, is_refused: bool = False, undo: str = ""
) -> None:
    title, text = words
    request.session[ANSWER] = {
        "title": title,
        "text": text,
        "is_refused": is_refused,
        "undo": undo,
        "seconds": UNDO_SECONDS,
    }


def _booked(sale: SaleAnswer, currency: str) -> tuple[str, str]:
    title = gettext("Booked: %s to pay") % money(sale.to_pay, currency)
    if sale.balance is None:
        return title, gettext("Receipt %s, without a member.") % sale.receipt
    earned = ngettext("%(earned)s point earned", "%(earned)s points earned", sale.earned) % {
        "earned": number(sale.earned)
    }
    balance = f"{number(sale.balance)} {points_word(sale.balance)}"
    return title, gettext("%(earned)s; the balance is %(balance)s.") % {
        "earned": earned,
        "balance": balance,
    }


def _said(quote: SaleQuote, currency: str) -> dict[str, Any]:
    """The quote as lines to read at a glance, and why what was chosen does nothing."""
    lines = [{"label": gettext("Goods"), "figure": money(quote.goods, currency)}]
    refused = []
    for use in quote.uses:
        if use.refusal:
            refused.append(f"{spoken(use.name)}: {refusal_words(use.refusal, '')[0]}")
        elif less := use.off + use.pays:
            lines.append({"label": spoken(use.name), "figure": f"− {money(less, currency)}"})
        else:
            lines.append({"label": spoken(use.name), "figure": gettext("Hand over")})
    if quote.due:
        lines.append({"label": gettext("On top"), "figure": money(quote.due, currency)})
    earns = f"{number(quote.earns)} {points_word(quote.earns)}"
    lines.append({"label": gettext("Earns"), "figure": earns})
    return {
        "lines": lines,
        "refused": refused,
        "to_pay": quote.to_pay,
        "near": [spoken(miss.text) for miss in quote.near_misses],
    }

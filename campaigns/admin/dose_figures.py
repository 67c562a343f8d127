"""The figures of a dose test as its page shows them."""

from datetime import datetime
from typing import Any

from campaigns.admin.interval_chart import Mark, dose_chart
from campaigns.admin.result_words import decimal, language, shown_by
from campaigns.experiments.dose import Advice, DosePoint
from campaigns.experiments.dose_words import advised
from campaigns.models import Campaign, DoseTest
from campaigns.services.doses import figures_in
from loyalty.templatetags.figures import day, number


def dose_figures(test: DoseTest, days: int) -> dict[str, Any]:
    """The advice, the charts and the table behind; nothing while it was not read."""
    figures = figures_in(test)
    if figures is None:
        return {}
    shown = shown_by(Campaign.Goal.SPEND, test.programme.currency)
    early = day(test.reading_on) if figures.is_early else ""
    said = advised(figures.advice, language(), days=days, shown=shown, early_until=early)
    found: dict[str, Any] = {
        "answer": said.answer,
        "more": said.more,
        "counted_at": datetime.fromisoformat(figures.counted_at),
        "members": number(figures.members),
    }
    if figures.advice is None:
        return found
    return found | _charts(figures.advice, figures.sent, test.programme.currency)


def _charts(advice: Advice, sent: dict[int, float], currency: str) -> dict[str, Any]:
    shown, kept = shown_by(Campaign.Goal.SPEND, currency), str(advice.dose)
    spend = [Mark(str(each.dose), each.spend, each.low, each.high) for each in advice.points]
    left = [Mark(str(each.dose), each.opt_out, None, None) for each in advice.points]
    return {
        "spend_chart": dose_chart(
            spend, shown, line=[each.smoothed for each in advice.points], kept=kept
        ),
        "left_chart": dose_chart(
            left, _percent, line=[each.opt_out for each in advice.points], kept=kept
        ),
        "rows": [_row(each, sent, currency, advice.dose) for each in advice.points],
    }


def _row(each: DosePoint, sent: dict[int, float], currency: str, kept: int) -> dict[str, Any]:
    shown = shown_by(Campaign.Goal.SPEND, currency)
    return {
        "dose": each.dose,
        "members": number(each.n),
        "sent": decimal(sent.get(each.dose, 0.0), 1),
        "spend": shown(each.spend),
        "low": shown(each.low),
        "high": shown(each.high),
        "opt_out": _percent(each.opt_out),
        "complaint": _percent(each.complaint),
        "chance": f"{decimal(each.chance * 100, 0)}%",
        "is_kept": each.dose == kept,
        "is_within_limits": each.is_within_limits,
    }


def _percent(value: float) -> str:
    return f"{decimal(value * 100, 1)}%"

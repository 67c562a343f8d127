"""What the latest reading of a campaign says, in the few words that fit in a list."""

from django.utils.translation import gettext as _

from campaigns.admin.around import language
from campaigns.experiments.figures import Verdict
from campaigns.experiments.words import part
from campaigns.models import Reading
from campaigns.services.results import figures_in


def lift_words(reading: Reading | None) -> str:
    """ "+12%", "no effect shown", or that it was not read yet; early readings say so."""
    if reading is None:
        return _("Not read yet")
    figures = figures_in(reading)
    said = _verdict(figures.verdict)
    overall = figures.overall
    if figures.verdict in (Verdict.MORE, Verdict.LESS) and overall and overall.relative:
        said = part(overall.relative.estimate, language())
    return said if reading.is_final else _("%s (early)") % said


def _verdict(verdict: Verdict) -> str:
    return {
        Verdict.NO_HOLDOUT: _("Nobody was held out"),
        Verdict.TOO_FEW: _("Too few to tell"),
        Verdict.UNEVEN: _("Not to be trusted: the lot was uneven"),
        Verdict.MORE: _("More"),
        Verdict.LESS: _("Less"),
        Verdict.NOT_SHOWN: _("No effect shown"),
    }[verdict]

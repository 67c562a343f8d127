"""What is remarkable about a campaign before it goes live: sentences, none of which stops it."""

from campaigns.journeys.document import Document, all_steps
from campaigns.journeys.sentences import Said
from campaigns.journeys.steps import GiveReward, Message, Points, Step, Wait


def findings(document: Document, language: str, *, holdout: int, has_budget: bool) -> list[str]:
    """Return what somebody should look at before launch. `holdout` is in per cent."""
    say = Said(language, {})
    steps = [step for _place, step in all_steps(document)]
    found: list[str] = []
    if not steps:
        found.append(say("Er gebeurt niets: er zijn geen stappen.", "It does nothing: no steps."))
    if holdout == 0:
        found.append(
            say(
                "Niemand krijgt bij wijze van proef niets: zo blijkt niet wat het uithaalt.",
                "Nobody is held out: what it brings about cannot be told.",
            )
        )
    gives = any(isinstance(step, Points | GiveReward) for step in steps)
    if gives and not has_budget:
        found.append(
            say("Er wordt weggegeven zonder budget.", "It gives things away without a budget.")
        )
    if gives and document.again == "always":
        found.append(
            say(
                "Een lid kan het telkens opnieuw krijgen.",
                "A member can get it time and again.",
            )
        )
    if steps and isinstance(steps[-1], Wait):
        found.append(say("Na het wachten gebeurt niets.", "Nothing happens after the wait."))
    return found + _said_twice(steps, say)


def _said_twice(steps: list[Step], say: Said) -> list[str]:
    templates = [step.template for step in steps if isinstance(step, Message)]
    twice = [key for key in dict.fromkeys(templates) if templates.count(key) > 1]
    nl, en = "Bericht “{0}” staat er meer dan eens in.", "Message “{0}” is in it more than once."
    return [say(nl, en, key) for key in twice]

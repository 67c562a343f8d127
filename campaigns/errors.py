"""What the campaigns' services refuse."""

from loyalty.errors import DomainError, InvalidRequest, NotFound


class TemplateInvalid(InvalidRequest):
    """A message that cannot be saved; `field` names the place."""

    code = "template_invalid"


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

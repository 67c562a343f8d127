"""What the campaigns' services refuse."""

from loyalty.errors import InvalidRequest


class TemplateInvalid(InvalidRequest):
    """A message that cannot be saved; `field` names the place."""

    code = "template_invalid"

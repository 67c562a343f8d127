"""What members see of a programme, as fields of its form: logo, help, colours that can be read."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.errors import InvalidRequest
from loyalty.forms.widgets import whole
from loyalty.models import Programme
from loyalty.services.colours import AA, contrast, text_on
from loyalty.services.logos import MOST_BYTES, logo_drawn_again

HEX = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour is written as # and six digits."))
PHONE = RegexValidator(
    r"^[+0-9][0-9 ()./-]{5,28}\Z", _("A telephone number has digits and spaces.")
)
PAPERS = ("#f8f5ef", "#171512")
"""The page in light and in dark."""
VISIBLE = 1.25
"""Below this contrast a patch of colour is not seen as one."""


class FaceFields(forms.Form):
    """The part of the programme's form that is about how members see it."""

    brand_colour = forms.CharField(
        label=_("Brand colour"), validators=[HEX], widget=UnfoldAdminColorInputWidget
    )
    accent_colour = forms.CharField(
        label=_("Accent colour"), validators=[HEX], widget=UnfoldAdminColorInputWidget
    )
    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("PNG, JPEG or WebP, at most 1 MB. It becomes the icon on members’ phones."),
    )
    remove_logo = forms.BooleanField(
        label=_("Remove the logo"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    help_email = forms.EmailField(
        label=_("E-mail for help"), required=False, widget=UnfoldAdminTextInputWidget
    )
    help_phone = forms.CharField(
        label=_("Telephone for help"),
        required=False,
        max_length=30,
        validators=[PHONE],
        widget=UnfoldAdminTextInputWidget,
    )
    help_hours = forms.CharField(
        label=_("When you can be reached"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As members read it: Monday to Friday, 9 to 17."),
    )
    privacy_page = forms.URLField(
        label=_("Privacy statement"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The address of the page on your own site."),
    )
    claim_days = forms.IntegerField(
        label=_("Days to add a receipt"),
        min_value=0,
        max_value=366,
        widget=whole(),
        help_text=_("How long after a purchase members can add a receipt themselves."),
    )

    def clean_brand_colour(self) -> str:
        return _seen(self.cleaned_data["brand_colour"])

    def clean_accent_colour(self) -> str:
        return _seen(self.cleaned_data["accent_colour"])

    def clean_privacy_page(self) -> str:
        address: str = self.cleaned_data["privacy_page"]
        if address and not address.startswith(("https://", "http://")):
            raise forms.ValidationError(_("An address begins with https://."))
        return address

    def clean_new_logo(self) -> bytes | None:
        """The upload, once it is known that it can be drawn."""
        upload: UploadedFile[Any] | None = self.cleaned_data["new_logo"]
        if upload is None:
            return None
        if (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("A logo is at most 1 MB."))
        content: bytes = upload.read()
        try:
            logo_drawn_again(content)
        except InvalidRequest as refusal:
            raise forms.ValidationError(
                _("This is no picture that we can draw: take a PNG, JPEG or WebP.")
            ) from refusal
        return content


def _seen(colour: str) -> str:
    """Refuse a colour that cannot be told from the page, in light or in dark."""
    for paper in PAPERS:
        if contrast(colour, paper) < VISIBLE:
            raise forms.ValidationError(
                _("This colour cannot be told from the page. Take one that differs more from it.")
            )
    return colour


def legibility(programme: Programme) -> str:
    """In words how the text on the brand colour reads."""
    brand = programme.brand_colour
    text = text_on(brand)
    ratio = f"{contrast(text, brand):.1f}"
    if text == "#ffffff":
        said = _now(
            "White letters on your brand colour read well: contrast %(ratio)s, at least %(least)s."
        )
    else:
        said = _now(
            "White letters cannot be read on this brand colour, so buttons get black ones: contrast"
            " %(ratio)s, at least %(least)s."
        )
    return said % {"ratio": ratio, "least": f"{AA:.1f}"}


def preview(programme: Programme) -> SafeString:
    """How a button and the card strip look, drawn as SVG: no styles in the page."""
    if programme.pk is None:
        return SafeString("")
    brand, accent = programme.brand_colour, programme.accent_colour
    return format_html(
        '<svg role="img" aria-label="{label}" width="280" height="120" viewBox="0 0 280 120">'
        '<rect width="280" height="120" rx="14" fill="#f8f5ef" stroke="#e2dbcd"/>'
        '<circle cx="24" cy="22" r="6" fill="{accent}"/>'
        '<text x="38" y="27" font-size="14" font-weight="700" fill="#1e1b16">{name}</text>'
        '<rect x="16" y="42" width="248" height="40" rx="12" fill="{brand}"/>'
        '<text x="30" y="67" font-size="14" font-weight="600" fill="{text}">{button}</text>'
        '<rect x="16" y="96" width="248" height="8" rx="4" fill="#efeae0"/>'
        '<rect x="16" y="96" width="150" height="8" rx="4" fill="{accent}"/></svg><p>{said}</p>',
        label=_now("How it looks in the portal"),
        accent=accent,
        brand=brand,
        name=programme.name,
        text=text_on(brand),
        button=_now("Show your card"),
        said=legibility(programme),
    )


def face_of(said: dict[str, Any]) -> dict[str, Any]:
    """What loyalty.services.programmes.change_face takes, out of the cleaned form."""
    names = ("help_email", "help_phone", "help_hours", "privacy_page", "claim_days", "remove_logo")
    return {name: said[name] for name in names} | {"logo": said["new_logo"]}

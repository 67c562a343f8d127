"""Colleagues: who may come in, and what they may do."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldBooleanSwitchWidget,
)

from loyalty.admin.pages import ConsoleAdmin
from members.models import User
from members.services.colleagues import add_colleague, change_colleague

ROLES = {
    "cashier": gettext_lazy("Cashier: enrols members at the till"),
    "marketer": gettext_lazy("Marketer: makes rules and rewards, reads members"),
    "service desk": gettext_lazy("Service desk: reads members, corrects points"),
    "finance": gettext_lazy("Finance: reads the ledger"),
    "administrator": gettext_lazy("Administrator: everything, colleagues included"),
}


class RolesField(forms.ModelMultipleChoiceField[Group]):
    """The roles in words."""

    def label_from_instance(self, obj: Group) -> str:
        return str(ROLES.get(obj.name, obj.name))


class ColleagueForm(forms.ModelForm[User]):
    """A login for the console."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=UnfoldAdminEmailInputWidget
    )
    groups = RolesField(
        label=gettext_lazy("Roles"),
        queryset=Group.objects.filter(name__in=ROLES).order_by("pk"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters. Left empty, it stays what it was."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("May come in"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = User
        fields = ("email", "groups", "is_active")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        taken = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("This address is in use already."))
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not password and self.instance.pk is None:
            raise forms.ValidationError(_("Fill in a password."))
        if password:
            validate_password(password, User(email=self.instance.email, is_staff=True))
        return password


@admin.register(User)
class ColleagueAdmin(ConsoleAdmin):
    """Staff only: members' logins are not shown here."""

    intro = gettext_lazy("Who may come in to the console, and in which roles.")
    form = ColleagueForm
    list_display = ["address", "roles", "may_come_in"]
    search_fields = ["email"]
    ordering = ["email"]
    fields = ["email", "groups", "password", "is_active"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.filter(is_staff=True, is_superuser=False).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return ["email"] if obj else []

    @display(description=gettext_lazy("E-mail address"))
    def address(self, user: User) -> str:
        return user.email

    @display(description=gettext_lazy("Roles"))
    def roles(self, user: User) -> str:
        names = [str(ROLES.get(group.name, group.name)) for group in user.groups.all()]
        return ", ".join(name.partition(":")[0] for name in names)

    @display(description=gettext_lazy("May come in"), boolean=True)
    def may_come_in(self, user: User) -> bool:
        return user.is_active

    def save_model(
        self, request: HttpRequest, obj: User, form: ColleagueForm, change: bool
    ) -> None:
        said = form.cleaned_data
        if change:
            change_colleague(
                user_id=obj.pk,
                roles=said["groups"],
                is_active=said["is_active"],
                password=said["password"],
            )
            return
        user = add_colleague(email=said["email"], password=said["password"], roles=said["groups"])
        obj.pk = user.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has given the roles already."""

    def said(self, obj: Any) -> str:
        return str(_("Saved: %s.") % obj.email)

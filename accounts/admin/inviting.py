"""Choose how a person who was just added gets in: by an invitation, or a temporary password."""

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from accounts.models import GeneralSettings, User
from accounts.services.password_links import Link
from common.admin import Revealed
from common.wording import Wording

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAIL, LINK, PASSWORD = "mail", "link", "password"
INVITED = (MAIL, LINK)
WAYS = {
    MAIL: gettext_lazy("By a link that is mailed to them"),
    LINK: gettext_lazy("By a link that I hand over"),
    PASSWORD: gettext_lazy("By a temporary password that I hand over"),
}


def _offered() -> list[tuple[str, "StrOrPromise"]]:
    return [(way, told) for way, told in WAYS.items() if way != MAIL or GeneralSettings.current().sends_mail]


def _usual() -> str:
    return MAIL if GeneralSettings.current().sends_mail else PASSWORD


class NewUserForm(forms.ModelForm[User]):
    entry = forms.ChoiceField(
        label=gettext_lazy("Way in"),
        required=False,
        choices=_offered,
        initial=_usual,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("By the link they choose their own password, once, within 48 hours."),
    )


def then(user: User) -> tuple[str, str]:
    return gettext("Give a role"), reverse("admin:accounts_user_access", args=[user.pk])


def told(user: User, link: Link | None) -> Revealed:
    """Show the link, this once, or that it is on its way by mail."""
    title = Wording("{user} is invited", user=user)
    if link is None:
        sentence = Wording(
            "The link in it works once, within 48 hours. Settings, Mail tells whether the mail was sent."
        )
        return Revealed(title, Wording("Mail to"), user.email, sentence, then(user), once=False)
    advice = Wording(
        "Hand it over by a safe way: whoever opens it chooses the password. It works once, until {until}.",
        until=link.until,
    )
    return Revealed(title, Wording("Invitation link"), link.address, advice, then(user))

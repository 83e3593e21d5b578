from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PasswordField(forms.CharField):
    """A password exactly as it was typed, spaces included."""

    def __init__(self, label: "StrOrPromise", *, autocomplete: str) -> None:
        attrs = {"autocomplete": autocomplete, "spellcheck": "false"}
        # Bounded by the rules of accounts.passwords, not here: a form error would tell lengths apart.
        super().__init__(label=label, strip=False, widget=forms.PasswordInput(attrs=attrs))


class SignInForm(forms.Form):
    # Free text: whether it is a known e-mail, or one at all, gets the same answer.
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "spellcheck": "false"}),
    )
    password = PasswordField(gettext_lazy("Password"), autocomplete="current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin at the password where the e-mail is known."""
        super().__init__(*args, **kwargs)
        if self.initial.get("email"):
            del self.fields["email"].widget.attrs["autofocus"]
            self.fields["password"].widget.attrs["autofocus"] = True


class NewPasswordForm(forms.Form):
    new = PasswordField(gettext_lazy("New password"), autocomplete="new-password")
    again = PasswordField(gettext_lazy("New password again"), autocomplete="new-password")

    def clean(self) -> None:
        if self.cleaned_data.get("new") != self.cleaned_data.get("again"):
            self.add_error("again", gettext("The two new passwords differ."))


class PasswordForm(NewPasswordForm):
    current = PasswordField(gettext_lazy("Current password"), autocomplete="current-password")

    field_order = ("current", "new", "again")


class LinkForm(NewPasswordForm):
    """A new password, by a link in place of the present one."""

    link = forms.CharField(widget=forms.HiddenInput, max_length=200)


class RecoverForm(forms.Form):
    # Free text, for the reason of the sign-in form.
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    """Six digits of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter a code.")},
    )


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)


class AppForm(NameForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, initial="Authenticator app")
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )
    sealed = forms.CharField(widget=forms.HiddenInput, max_length=2000)


class PasskeyForm(forms.Form):
    """A browser's answer to a WebAuthn ceremony, with the challenge that it answers."""

    challenge = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    answer = forms.CharField(widget=forms.HiddenInput, max_length=20_000)


class NewPasskeyForm(PasskeyForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, initial="Passkey")

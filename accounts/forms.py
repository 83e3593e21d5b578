from django import forms


class PasswordField(forms.CharField):
    """A password exactly as it was typed, spaces included."""

    def __init__(self, label: str, *, autocomplete: str) -> None:
        attrs = {"autocomplete": autocomplete, "spellcheck": "false"}
        # Bounded by the rules of accounts.passwords, not here: a form error would tell lengths apart.
        super().__init__(label=label, strip=False, widget=forms.PasswordInput(attrs=attrs))


class SignInForm(forms.Form):
    # Free text: whether it is a known e-mail, or one at all, gets the same answer.
    email = forms.CharField(
        label="E-mail",
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "spellcheck": "false"}),
    )
    password = PasswordField("Password", autocomplete="current-password")


class PasswordForm(forms.Form):
    current = PasswordField("Current password", autocomplete="current-password")
    new = PasswordField("New password", autocomplete="new-password")
    again = PasswordField("New password again", autocomplete="new-password")

    def clean(self) -> None:
        if self.cleaned_data.get("new") != self.cleaned_data.get("again"):
            self.add_error("again", "The two new passwords differ.")

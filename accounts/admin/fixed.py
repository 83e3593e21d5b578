"""Values on the settings pages that the environment sets, each with its effect and its variable."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext, ngettext_lazy


class Fixed(NamedTuple):
    what: str
    value: str
    effect: str
    variable: str


def of_signing_in() -> list[Fixed]:
    window = _in_words(settings.SIGN_IN_WINDOW)
    return [
        Fixed(
            gettext("Tries with one account"),
            f"{settings.SIGN_IN_TRIES_PER_ACCOUNT} in {window}",
            gettext("Further ones are refused unseen, the right password too. A new temporary password ends it."),
            "SIGN_IN_TRIES_PER_ACCOUNT, SIGN_IN_WINDOW_MINUTES",
        ),
        Fixed(
            gettext("Tries from one address"),
            f"{settings.SIGN_IN_TRIES_PER_ADDRESS} in {window}",
            gettext("The same for everybody behind that address."),
            "SIGN_IN_TRIES_PER_ADDRESS",
        ),
        Fixed(
            gettext("Tries of a second factor"),
            f"{settings.SECOND_FACTOR_TRIES} in {window}",
            gettext("By who knew the password. Further ones are refused unseen. Resetting the second factors ends it."),
            "SECOND_FACTOR_TRIES, SIGN_IN_WINDOW_MINUTES",
        ),
        Fixed(
            gettext("Password at the token API"),
            _on(settings.PASSWORD_GRANT_ENABLED),
            gettext("Scripts get tokens of local users by e-mail and password at /api/v1/token."),
            "PASSWORD_GRANT_ENABLED",
        ),
        Fixed(
            gettext("Password at the OAuth token endpoint"),
            _on(settings.OIDC_PASSWORD_GRANT_ENABLED),
            gettext("The same for old scripts of our own clients. Best left off."),
            "OIDC_PASSWORD_GRANT_ENABLED",
        ),
        Fixed(
            gettext("Sign-in by a copied code, without PKCE"),
            _on(settings.LEGACY_REMOTE_BROWSER),
            gettext("Only the oldest command line needs it. Best left off."),
            "LEGACY_REMOTE_BROWSER",
        ),
    ]


def of_tokens() -> list[Fixed]:
    return [
        Fixed(
            gettext("Access token"),
            _in_words(settings.ACCESS_TOKEN_LIFETIME),
            gettext(
                "This service asks again at each use, so here it ends with its session. Another service "
                "that verifies it by itself honours it until it runs out."
            ),
            "ACCESS_TOKEN_SECONDS",
        ),
        Fixed(
            gettext("Token for a cluster"),
            _in_words(settings.CLUSTER_TOKEN_LIFETIME),
            gettext(
                "A cluster that verifies tokens by itself honours it until it runs out, also after access was cut."
            ),
            "CLUSTER_TOKEN_SECONDS",
        ),
        Fixed(
            gettext("Refresh token, unused"),
            _in_words(settings.REFRESH_IDLE_LIFETIME),
            gettext("Who has not used a device for so long signs in again."),
            "REFRESH_IDLE_HOURS",
        ),
        Fixed(
            gettext("Sign-in of a device"),
            _in_words(settings.REFRESH_LIFETIME),
            gettext("After it people sign in again, however active the device is."),
            "REFRESH_DAYS",
        ),
        Fixed(
            gettext("Signing key"),
            _in_words(settings.SIGNING_KEY_LIFETIME),
            gettext("After it the key is replaced by itself, and nothing that is valid is refused."),
            "SIGNING_KEY_DAYS",
        ),
    ]


def _on(value: bool) -> str:
    return gettext("on") if value else gettext("off")


def _in_words(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    size, unit = next(
        (size, unit)
        for size, unit in (
            (86_400, ngettext_lazy("%(number)s day", "%(number)s days", "number")),
            (3600, ngettext_lazy("%(number)s hour", "%(number)s hours", "number")),
            (60, ngettext_lazy("%(number)s minute", "%(number)s minutes", "number")),
            (1, ngettext_lazy("%(number)s second", "%(number)s seconds", "number")),
        )
        if seconds % size == 0
    )
    number = seconds // size
    return str(unit % {"number": number})

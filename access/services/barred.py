"""Accounts that are refused whatever access rules give them: the issuance gate honours no token of theirs."""

from collections.abc import Collection, Mapping

from access.explanations import Barred
from access.ports.applications import applications
from accounts.models import User
from accounts.ports.providers import providers
from accounts.services.throttle import locked_until
from common.actors import Principal
from common.wording import Wording


def barred(principal: Principal) -> Barred | None:
    """Return why this user or application is refused everywhere now; None if rules decide."""
    return barred_among([principal]).get(principal)


def barred_among(principals: Collection[Principal]) -> Mapping[Principal, Barred]:
    """Return those of these who are refused everywhere now, each with the reason."""
    out = providers().why_no_sign_in([one for one in principals if isinstance(one, User)])
    why = {one: _user(one, out.get(one, "")) if isinstance(one, User) else _application(one) for one in principals}
    return {one: reason for one, reason in why.items() if reason}


def _user(user: User, no_sign_in: str) -> Barred | None:
    if not user.enabled:
        return Barred(Wording("the user is disabled"), Wording("Enabled"))
    if user.must_change_password:
        return Barred(Wording("the user must first choose a password of their own"), Wording("Once they have"))
    return _PROVIDERS.get(no_sign_in)


def _application(application: Principal) -> Barred | None:
    if not application.enabled:
        return Barred(Wording("the application is disabled"), Wording("Enabled"))
    why = applications().why_no_token(application)
    return Barred(why, Wording("With that changed")) if why else None


_PROVIDERS = {
    "provider_disabled": Barred(
        Wording("the identity provider through which they sign in is disabled"), Wording("With it enabled")
    ),
    "provider_exceeded": Barred(
        Wording("the identity provider through which they sign in may not speak for this account"),
        Wording("With that changed"),
    ),
}


def kept_from_signing_in(principal: Principal) -> list[str]:
    """Return sentences on what stops new sign-ins and leaves sessions that go on alone."""
    if not isinstance(principal, User) or not principal.is_local:
        return []
    if not principal.has_usable_password():
        return ["They have no password, so they can't sign in until an administrator gives them one."]
    until = locked_until(principal)
    if until is None:
        return []
    return [
        Wording(
            "After too many tries their password is refused until {until} UTC; their open sessions go on.",
            until=f"{until:%H:%M}",
        )
    ]

"""Answers to the port `accounts.ports.cutting`: grants, codes and consents end."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.ports.cutting import Cut, Ended, LivesOn
from common.wording import Wording
from tokens.models import (
    Application,
    AuthorizationCode,
    Consent,
    DeviceCode,
    Grant,
    LogoutNotice,
    RegistrationToken,
)
from tokens.services.applications import set_application_enabled
from tokens.services.consents import withdraw
from tokens.services.grants import end
from tokens.services.keys import longest_token_life
from tokens.services.registration import delete_registration_token

MOST_NAMED = 20


def end_in_tokens(cut: Cut) -> Ended:
    # What was approved and not fetched yet goes first: nobody makes a grant of it afterwards.
    codes, _ = AuthorizationCode.objects.filter(session__user=cut.user, redeemed_at=None).delete()
    devices, _ = DeviceCode.objects.filter(approved_in__user=cut.user).delete()
    consents = Consent.objects.filter(user=cut.user).select_related("user", "application").order_by("pk")
    withdrawn = [withdraw(actor=cut.actor, consent=consent) for consent in consents]
    grants = Grant.objects.filter(session__user=cut.user)
    # Those of the sessions that were just ended have ended with them; there are others, of sessions over by the clock.
    for grant in grants.filter(revoked_at=None).select_related("session__user", "application").order_by("pk"):
        end(actor=cut.actor, grant=grant, because="access cut")
    counts = {
        Wording("grants"): grants.filter(revoked_at__gte=cut.began).count(),
        Wording("authorization codes"): codes,
        Wording("device codes"): devices,
        Wording("consents"): len(withdrawn),
        Wording("logouts sent to applications"): LogoutNotice.objects.filter(sid__in=map(str, cut.sessions)).count(),
    }
    return Ended(counts | _end_applications(cut), [_verified_by_others(), *_that_go_on(cut)])


def _end_applications(cut: Cut) -> dict[str, int]:
    if not cut.applications:
        return {}
    applications = list(_registered_by(cut))
    for application in applications:
        set_application_enabled(actor=cut.actor, application=application, enabled=False)
    tokens = list(RegistrationToken.objects.filter(created_by=cut.user.email))
    for token in tokens:
        delete_registration_token(actor=cut.actor, token=token)
    return {Wording("applications disabled"): len(applications), Wording("initial access tokens"): len(tokens)}


def _registered_by(cut: Cut) -> QuerySet[Application]:
    return Application.objects.filter(created_by=cut.user.email, enabled=True).order_by("pk")


def _verified_by_others() -> LivesOn:
    until = timezone.now() + longest_token_life()
    where = Wording("Applications that verify access tokens by themselves")
    return LivesOn(where, until, Wording("they never ask this service"))


def _that_go_on(cut: Cut) -> list[LivesOn]:
    why = Wording("they registered it and may know its secret: disable it, or replace the secret")
    owned = _registered_by(cut)
    named = [
        LivesOn(Wording("Application {application}", application=application), None, why)
        for application in owned[:MOST_NAMED]
    ]
    more = owned.count() - len(named)
    return [
        *named,
        *([LivesOn(Wording("{more} more applications", more=more), None, why)] if more else []),
        *_registration_tokens(cut),
    ]


def _registration_tokens(cut: Cut) -> list[LivesOn]:
    why = Wording("they made it and may know it: whoever has it registers applications; delete it")
    usable = RegistrationToken.objects.filter(
        created_by=cut.user.email, uses_left__gt=0, expires_at__gt=timezone.now()
    ).order_by("-expires_at", "pk")
    named = [
        LivesOn(Wording("Initial access token {token}", token=token), token.expires_at, why)
        for token in usable[:MOST_NAMED]
    ]
    rest = usable[MOST_NAMED:]
    return [
        *named,
        *(
            [LivesOn(Wording("{count} more initial access tokens", count=len(rest)), rest[0].expires_at, why)]
            if rest
            else []
        ),
    ]

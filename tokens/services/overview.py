"""Show where somebody is signed in and with what, and what they let applications know."""

from collections.abc import Collection
from typing import NamedTuple

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import SessionKind, idle
from common.translating import translated
from tokens.claims import in_words
from tokens.explanations import ago, program_in_words
from tokens.models import Application, Consent, Grant
from tokens.ports.audiences import cluster_of


class Browser(NamedTuple):
    session: Session
    applications: list[Application]
    """Signed in to from there, and signed out with it."""

    @property
    def program(self) -> str:
        return program_in_words(self.session.user_agent)

    @property
    def last_active(self) -> str:
        return ago(self.session.last_active_at, now=timezone.now())


class Device(NamedTuple):
    session: Session
    grant: Grant

    @property
    def program(self) -> str:
        return program_in_words(self.session.user_agent)

    @property
    def last_used(self) -> str:
        return ago(self.grant.rotated_at, now=timezone.now())

    @property
    def is_asleep(self) -> bool:
        """Too long unused to get new tokens; the last ones may still be good for a while."""
        return self.grant.idle_ends_at <= timezone.now()


class ConsentedApplication(NamedTuple):
    consent: Consent
    may: list[str]


def browsers_of(user: User) -> list[Browser]:
    over = idle(GeneralSettings.current().idle_timeout)
    live = user.sessions.live().filter(~over, kind=SessionKind.BROWSER)
    grants = Grant.objects.filter(revoked_at=None).select_related("application")
    sessions = live.prefetch_related(Prefetch("grants", grants))
    return [Browser(session, _applications(session)) for session in sessions]


def devices_of(user: User) -> list[Device]:
    """List the devices, the one used last first."""
    live = user.sessions.live().filter(kind=SessionKind.DEVICE)
    grants = Grant.objects.filter(session__in=live, revoked_at=None)
    ordered = grants.select_related("session", "application").order_by("-rotated_at")
    return [Device(grant.session, grant) for grant in ordered]


def let_in_by(user: User) -> list[ConsentedApplication]:
    given = user.consents.select_related("user", "application").order_by("-updated_at")
    return [ConsentedApplication(one, what_it_may(one.application, one.scopes, one.audiences)) for one in given]


def what_it_may(application: Application, scopes: Collection[str], audiences: Collection[str]) -> list[str]:
    """Return what an application can do for a person who lets it in, in words."""
    return [
        *in_words(scopes),
        *(
            gettext("Act for you in %(place)s") % {"place": translated(place)}
            for place in _places(application, scopes, audiences)
        ),
    ]


def _places(application: Application, scopes: Collection[str], audiences: Collection[str]) -> list[str]:
    if application.first_party and (not audiences or "" in audiences):
        return ["the control plane and in all your clusters, as far as you may"]
    places = [_place_of(audience) for audience in audiences if audience not in ("", application.client_id)]
    if application.client_id == settings.SHARED_AUDIENCE and "openid" in scopes:
        # Its ID tokens have that audience, whatever the grant is for.
        places.append("clusters with the platform's flags, which take its ID token")
    return places


def _place_of(audience: str) -> str:
    if audience == settings.API_AUDIENCE:
        return "the control plane, as far as you may"
    cluster = cluster_of(audience)
    return gettext("the cluster %(scope)s") % {"scope": cluster.scope} if cluster else audience


def _applications(session: Session) -> list[Application]:
    by_id = {grant.application_id: grant.application for grant in session.grants.all()}
    return sorted(by_id.values(), key=lambda application: application.title.lower())

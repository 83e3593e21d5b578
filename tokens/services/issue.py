"""Making tokens. Each function asks the gate first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from common.errors import Invalid
from tokens import jwt
from tokens.audiences import ClusterAudience, cluster_of
from tokens.claims import Claims, Person, application_claims, person_claims
from tokens.models import Application
from tokens.services.gate import Refused, gate, groups_reaching
from tokens.services.keys import turn_over_when_due

LAST_LOGIN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Issued:
    """What a token request answers; `expires_in` is in seconds."""

    access_token: str
    id_token: str
    expires_in: int
    refresh_token: str = ""


def issue_to_person(*, session: Session, client_id: str, audience: str = "") -> Issued:
    """An access token for the control plane, or for one cluster's `audience`, and an ID token (OIDC Core §2)."""
    cluster = _cluster(audience)
    admitted = gate(user_id=session.user_id, session_id=session.pk, client_id=client_id, cluster=cluster)
    turn_over_when_due()
    lifetime = _lifetime(cluster)
    groups = groups_reaching(admitted) if cluster else _groups_of(session.user)
    claims = _claims_of(session, client_id, groups)
    return Issued(
        access_token=jwt.sign(jwt.AccessToken, claims, audience=_audience(cluster), lifetime=lifetime),
        id_token=jwt.sign(jwt.IDToken, claims, audience=client_id, lifetime=lifetime),
        expires_in=int(lifetime.total_seconds()),
    )


def issue_to_application(*, application: Application, audience: str = "") -> Issued:
    """An access token for a client application that has shown its secret."""
    cluster = _cluster(audience)
    client_id = application.client_id
    with recording_refusals(application):
        gate(client_id=client_id, application_id=application.pk, cluster=cluster)
    turn_over_when_due()
    _note_login(application)
    lifetime = _lifetime(cluster)
    claims = application_claims(client_id, application_id=str(application.pk), tenant_id=settings.TENANT_ID)
    token = jwt.sign(jwt.AccessToken, claims, audience=_audience(cluster), lifetime=lifetime)
    # The platform's older scripts send the ID token as bearer: for applications it is the same token.
    return Issued(access_token=token, id_token=token, expires_in=int(lifetime.total_seconds()))


@contextmanager
def recording_refusals(principal: User | Application) -> Iterator[None]:
    """Say in the trail why the gate was shut. Around the transaction that a refusal rolls back, never inside it."""
    try:
        yield
    except Refused as refusal:
        audit.record("token:refuse", actor=principal, target=principal, result=audit.FAILED, reason=refusal.code)
        raise


def _cluster(audience: str) -> ClusterAudience | None:
    if audience in ("", settings.SHARED_AUDIENCE):
        return None
    cluster = cluster_of(audience)
    if cluster is None:
        raise Invalid("unknown_audience", "No cluster has this audience. It is on the cluster's page in the admin.")
    return cluster


def _audience(cluster: ClusterAudience | None) -> str:
    return cluster.audience if cluster else settings.SHARED_AUDIENCE


def _lifetime(cluster: ClusterAudience | None) -> timedelta:
    return settings.CLUSTER_TOKEN_LIFETIME if cluster else settings.ACCESS_TOKEN_LIFETIME


def _claims_of(session: Session, client_id: str, groups: list[str]) -> Claims:
    user = session.user
    person = Person(
        sub=str(user.pk),
        email=user.email,
        name=user.full_name,
        session_id=str(session.pk),
        auth_time=int(session.created_at.timestamp()),
        amr=[session.method],
        groups=groups,
        uid=user.uid,
        gid=user.gid,
        supplementary_groups=user.supplementary_groups,
    )
    return person_claims(person, client_id=client_id, tenant_id=settings.TENANT_ID)


def _groups_of(user: User) -> list[str]:
    return list(user.group_set.order_by("name").values_list("name", flat=True))


def _note_login(application: Application) -> None:
    now = timezone.now()
    if application.last_login is None or application.last_login < now - LAST_LOGIN_EVERY:
        Application.objects.filter(pk=application.pk).update(last_login=now)

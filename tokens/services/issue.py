"""Making tokens. Each function asks the gate first."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from common.bookkeeping import note_columns
from common.errors import Invalid
from tokens import jwt
from tokens.claims import Claims, UserClaims, access_claims, application_claims, id_claims, profile
from tokens.models import Application, Grant
from tokens.ports.audiences import Target, api, cluster_of
from tokens.ports.facts import Asked, Facts
from tokens.services.gate import NotAdmitted, admit, gate, gate_grant
from tokens.services.keys import turn_over_when_due
from tokens.services.sizes import keep_to_budget

LAST_LOGIN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Issued:
    """The response to a token request; `expires_in` is in seconds, and `id_token` empty without the scope openid.

    `left_out` are groups that matter in the cluster and that the access token has no room for.
    """

    access_token: str
    id_token: str
    expires_in: int
    scope: Sequence[str] = ()
    refresh_token: str = ""
    left_out: Sequence[str] = ()


@dataclass(frozen=True)
class Prepared:
    """An access token of a person before it is signed; `left_out` are groups that it has no room for."""

    target: Target
    person: UserClaims
    claims: Claims
    scope: list[str]
    lifetime: timedelta
    left_out: list[str] = field(default_factory=list)


def prepare(*, grant: Grant, audience: str = "", facts: Facts | None = None) -> Prepared:
    """Ask the gate, and put together what a token of this grant says; nothing is signed yet.

    `facts` of a grant that is not saved yet may have been read in this transaction, with the person's groups.
    """
    target = _granted_target(grant, audience)
    scope = [name for name in grant.scope.split() if name in grant.application.scopes]  # as registered now
    if facts is not None and target.cluster is None:
        admitted = admit(replace(facts, grant=grant))
    else:
        admitted = gate_grant(grant, cluster=target.cluster, groups="groups" in scope and target.cluster is None)
    groups = admitted.groups
    person = person_of(grant.session, groups=groups, authenticated_at=grant.authenticated_at)
    claims = access_claims(
        person,
        client_id=grant.application.client_id,
        grant_id=str(grant.pk),
        scope=scope,
        tenant_id=settings.TENANT_ID,
        in_cluster=target.cluster is not None,
    )
    left_out: list[str] = []
    if target.cluster:
        claims, left_out = keep_to_budget(
            claims,
            session=grant.session,
            groups=groups,
            cluster=target.cluster,
            algorithm=grant.application.algorithm,
        )
    return Prepared(target, person, claims, scope, _lifetime(grant.application, target), left_out)


def issue_to_person(*, grant: Grant, audience: str = "", nonce: str = "", facts: Facts | None = None) -> Issued:
    """Issue an access token for the grant's audience, or another that its client may ask for, and an ID token.

    The `audience` (RFC 8707 `resource`) is that of a cluster, of the control plane, or the client's own id.
    """
    made = prepare(grant=grant, audience=audience, facts=facts)
    turn_over_when_due()
    algorithm, lifetime = grant.application.algorithm, made.lifetime
    access_token = jwt.sign(
        jwt.AccessToken, made.claims, audience=made.target.aud, lifetime=lifetime, algorithm=algorithm
    )
    with_id = "openid" in made.scope
    return Issued(
        access_token=access_token,
        id_token=_id_token(grant, made.person, made.scope, access_token, nonce, lifetime) if with_id else "",
        expires_in=int(lifetime.total_seconds()),
        scope=made.scope,
        left_out=made.left_out,
    )


def issue_to_application(
    *, application: Application, audience: str = "", scope: Sequence[str] = (), just_read: bool = False
) -> Issued:
    """Issue an access token to an application that has shown its secret.

    Of one that was `just_read` by this request, to compare that secret, the gate asks nothing anew but a cluster.
    """
    target = _target_of(audience)
    client_id = application.client_id
    with recording_refusals(application):
        if just_read and target.cluster is None:
            admit(Facts(asked=Asked(client_id=client_id, application_id=application.pk), application=application))
        else:
            gate(client_id=client_id, application_id=application.pk, cluster=target.cluster)
    turn_over_when_due()
    _note_login(application)
    lifetime = _lifetime(application, target)
    claims = application_claims(
        client_id,
        application_id=str(application.pk),
        tenant_id=settings.TENANT_ID,
        scope=scope,
        in_cluster=target.cluster is not None,
    )
    token = jwt.sign(jwt.AccessToken, claims, audience=target.aud, lifetime=lifetime, algorithm=application.algorithm)
    # The platform's older scripts send the ID token as bearer: for applications it is the same token.
    return Issued(access_token=token, id_token=token, expires_in=int(lifetime.total_seconds()), scope=scope)


def target_for(application: Application, audience: str) -> Target:
    """Return the target of people's tokens by this client.

    Raise `invalid_target` (RFC 8707 §2) if the client may not ask for it.

    A web app's token is its own unless an administrator says otherwise: with one for the control plane it could do
    there whatever its user may.
    """
    if application.first_party:
        return _target_of(audience)
    if audience in ("", application.client_id):
        return Target(application.client_id)
    if not application.may_ask_for(audience):
        raise Invalid("invalid_target", f"{application} may not ask for tokens for this audience.")
    return _target_of(audience)


def scope_for(application: Application, wanted: Collection[str]) -> list[str]:
    """Return what of the wanted scopes a client is given; our own say who somebody is without being asked in detail."""
    if application.first_party and "openid" in wanted:
        wanted = {*wanted, "email", "profile", "groups"}
    return [scope for scope in application.scopes if scope in wanted]


def userinfo(session: Session, scope: Sequence[str], groups: Sequence[str]) -> Claims:
    """Return what the UserInfo endpoint answers, as things are now (OpenID Connect Core §5.3.2)."""
    person = person_of(session, groups=groups, authenticated_at=session.authenticated_at)
    return {"sub": person.sub, **profile(person, scope)}


def person_of(session: Session, *, groups: Sequence[str], authenticated_at: datetime) -> UserClaims:
    user = session.user
    return UserClaims(
        sub=str(user.pk),
        email=user.email,
        email_verified=user.email_verified,
        name=user.full_name or user.email.partition("@")[0],  # Dex refuses a token without one
        session_id=str(session.pk),
        auth_time=int(authenticated_at.timestamp()),
        amr=session.amr,
        acr=session.acr,
        groups=groups,
        uid=user.uid,
        gid=user.gid,
        supplementary_groups=user.supplementary_groups,
    )


@contextmanager
def recording_refusals(principal: User | Application) -> Iterator[None]:
    """Say in the trail why the gate was shut. Around the transaction that a refusal rolls back, never inside it."""
    try:
        yield
    except NotAdmitted as refusal:
        audit.record("token:refuse", actor=principal, target=principal, result=audit.FAILED, reason=refusal.code)
        raise


def _granted_target(grant: Grant, audience: str) -> Target:
    """Return the audience that is named, of those that the person agreed to (RFC 8707 §2.2).

    Without one it is the grant's own.
    """
    application = grant.application
    if audience and not grant.is_for(audience):
        raise Invalid("invalid_target", f"{application} was not granted this audience: it has to ask the person again.")
    return target_for(application, audience or grant.audience)


def _id_token(
    grant: Grant, person: UserClaims, scope: Sequence[str], access_token: str, nonce: str, lifetime: timedelta
) -> str:
    client_id = grant.application.client_id
    claims: Claims = id_claims(person, client_id=client_id, scope=scope, tenant_id=settings.TENANT_ID)
    claims["at_hash"] = jwt.half_hash(access_token)
    if nonce:
        claims["nonce"] = nonce
    return jwt.sign(jwt.IDToken, claims, audience=client_id, lifetime=lifetime, algorithm=grant.application.algorithm)


def _target_of(audience: str) -> Target:
    if audience in ("", settings.API_AUDIENCE):
        return api()
    if audience == settings.SHARED_AUDIENCE:
        sentence = f"Clusters share the audience {audience}, and a token is for one of them: ask for that cluster's own"
        raise Invalid("unknown_audience", f"{sentence} audience, or for {settings.API_AUDIENCE} to call the API.")
    cluster = cluster_of(audience)
    if cluster is None:
        raise Invalid("unknown_audience", "No cluster has this audience. It is on the cluster's page in the admin.")
    return Target(cluster.audience, cluster)


def _lifetime(application: Application, target: Target) -> timedelta:
    """In a cluster that verifies offline a token lives on after access was withdrawn: never longer than said there."""
    own = application.access_token_seconds
    lifetime: timedelta = timedelta(seconds=own) if own else settings.ACCESS_TOKEN_LIFETIME
    if target.cluster is None:
        return lifetime
    return min(lifetime, target.cluster.lifetime or settings.CLUSTER_TOKEN_LIFETIME)


def _note_login(application: Application) -> None:
    now = timezone.now()
    if application.last_login is None or application.last_login < now - LAST_LOGIN_EVERY:
        note_columns(application, last_login=now)

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Session, User
from common.errors import Unauthenticated
from tokens import jwt
from tokens.claims import Claims, is_application
from tokens.models import Application
from tokens.ports.audiences import Target, wrong_audience
from tokens.services.gate import gate


@dataclass(frozen=True)
class Verified:
    """A token that is honoured now: what it says, and who it is as the database knows them now."""

    claims: Claims
    principal: User | Application
    session: Session | None
    groups: list[str]
    """Of a person's groups those that the cluster is told of; without a cluster all, if they were asked for."""


def verify_access_token(raw: str, *, target: Target) -> Verified:
    """Raise Unauthenticated unless the token is ours, for this target alone, and passes the gate."""
    claims = jwt.read_for_anybody(raw)
    if not target.is_named_by(jwt.audiences_of(claims)):
        raise wrong_audience()
    return admit(claims, target=target)


def admit(claims: Claims, *, target: Target, groups: bool = False) -> Verified:
    """Put what an access token says, whose signature and audience were checked, to the gate.

    Of its scope that stays which its client may ask for now.
    """
    client_id = str(claims.get("client_id", ""))
    if is_application(claims):
        application_id = _uuid(claims.get("application_id"))
        admitted = gate(client_id=client_id, application_id=application_id, cluster=target.cluster)
    else:
        user_id, session_id = _uuid(claims.get("sub")), _uuid(claims.get("sid"))
        admitted = gate(
            user_id=user_id,
            session_id=session_id,
            client_id=client_id,
            grant_id=_uuid(claims.get("grant_id")),
            audience=target.audience,
            cluster=target.cluster,
            groups=groups,
        )
    scope = [name for name in str(claims.get("scope", "")).split() if name in admitted.client.scopes]
    return Verified({**claims, "scope": " ".join(scope)}, admitted.principal, admitted.session, admitted.groups)


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Unauthenticated("invalid_token", "The access token names nobody.") from None

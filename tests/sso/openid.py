"""A provider on loopback as the door sees it, without the database."""

import json
from datetime import UTC, datetime
from typing import Any

from common.encryption import encrypt
from sso import oidc
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import IdentityProvider
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP


def now() -> datetime:
    return datetime.now(UTC)


def connected(op: OP, **fields: Any) -> IdentityProvider:
    peer = oidc.read_metadata(json.dumps(op.discovery()), url=f"{op.base}{oidc.WELL_KNOWN}")
    secret = encrypt(CLIENT_SECRET.encode())
    return IdentityProvider(
        alias="acme", type="oidc", client_id=CLIENT_ID, client_secret_encrypted=secret, peer=peer, **fields
    )


def sign_in(op: OP, log: CheckLog, *, given: dict[str, str] | None = None, **fields: Any) -> VerifiedAssertion:
    """All of it: there, and back with what the provider gave the browser, changed by `given`."""
    provider = connected(op, **fields)
    outgoing, kept = oidc.begin(provider, request_id="_state", again=False, now=now())
    brought = {**op.authorize(outgoing.url), **(given or {})}
    return oidc.finish(provider, given=brought, kept=kept, request_id="_state", log=log, now=now())


def tells_no_secret(op: OP, log: CheckLog) -> bool:
    told = json.dumps(log.as_json())
    return not any(secret in told for secret in op.secrets_given)

"""`private_key_jwt`: a client proves itself by a JWT of its own (RFC 7523 §2.2 and §3, OpenID Connect Core §9)."""

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from common.errors import Unauthenticated
from common.hashes import sha256_of
from tokens import assertion_jwt
from tokens.models import Application, SeenAssertion
from tokens.models.applications import AuthMethod


def application_of(assertion: str, *, client_id: str) -> Application | None:
    """Return the client whose registered key signed this, once; None for whatever is wrong with it."""
    try:
        subject = assertion_jwt.subject(assertion)
        application = Application.objects.filter(
            client_id=subject, token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT
        ).first()
        if application is None or client_id not in ("", subject):
            return None
        claims = assertion_jwt.read(assertion, jwks=application.jwks or {}, client_id=subject)
    except Unauthenticated:
        return None
    return application if _first_seen(subject, claims) else None


def _first_seen(client_id: str, claims: assertion_jwt.AssertionClaims) -> bool:
    """Each assertion is good once, in every replica."""
    digest = sha256_of(f"{client_id} {claims.jti}")
    try:
        with transaction.atomic():
            SeenAssertion.objects.create(assertion_hash=digest, expires_at=datetime.fromtimestamp(claims.exp, UTC))
    except IntegrityError:
        return False
    return True

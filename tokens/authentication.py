from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from common.context import acting_by
from common.errors import Unauthenticated
from tokens.claims import Claims
from tokens.models import Application
from tokens.ports.audiences import api
from tokens.services.verify import verify_access_token


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` (RFC 6750 §2.1), verified and put to the gate at every request.

    A token for a cluster is none: whoever holds that cluster would hold the control plane.
    """

    def authenticate(self, request: Request) -> tuple[User | Application, Claims] | None:
        words = _words(request)
        if not words:
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send one access token: Authorization: Bearer <token>.", "invalid_request")
        try:
            raw = words[1].decode("ascii")
            verified = verify_access_token(raw, target=api())
        except UnicodeDecodeError:
            raise AuthenticationFailed("The access token is not valid.", "invalid_token") from None
        except Unauthenticated as refusal:
            raise AuthenticationFailed(refusal.message, "invalid_token") from None
        acting_by(
            client_id=str(verified.claims["client_id"]),
            session_id=verified.session.pk if verified.session else "",
            token_id=str(verified.claims["jti"]),
            grant_id=verified.claims.get("grant_id", ""),
        )
        return verified.principal, verified.claims

    def authenticate_header(self, request: Request) -> str:
        # RFC 6750 §3.1: no error for who sent no token at all.
        return 'Bearer error="invalid_token"' if _words(request) else "Bearer"


def _words(request: Request) -> list[bytes]:
    words = get_authorization_header(request).split()
    return words if words and words[0].lower() == b"bearer" else []


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "tokens.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}

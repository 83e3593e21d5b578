"""The hook of django-oauth-toolkit: what its protocol machine asks, answered by our verbs.

docs/decisions/0008-django-oauth-toolkit.md says what of the toolkit is used and why the rest is not.
"""

from collections.abc import Collection
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from common.errors import Invalid
from tokens.claims import understood
from tokens.models import Application
from tokens.models.applications import with_client_id
from tokens.services.clients import COPIED_BY_HAND, is_enabled
from tokens.services.codes import find_code, save_code

# `request` is oauthlib's: an object that takes any attribute, and carries them from one question to the next.
Request = Any


def _has_nonce(request: Request) -> bool:
    code = getattr(request, "found_code", None)
    nonce, scope = (code.nonce, code.scope) if code else (request.nonce, request.scope)
    return bool(nonce) and "openid" in (scope or "").split()


class Validator(OAuth2Validator):  # type: ignore[misc]  # has no types
    # Who is the client? The view has authenticated it, alike at every endpoint.

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        request.client = request.extra_credentials["application"]
        request.audience = request.extra_credentials["audience"]
        return True

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        request.client = with_client_id(client_id)
        return request.client is not None and is_enabled(request.client)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return client.allows(grant_type)

    # The authorization request.

    def validate_response_type(
        self, client_id: str, response_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        if response_type != "code":
            raise errors.UnsupportedResponseTypeError(request=request)
        return client.allows("authorization_code")

    def validate_scopes(
        self, client_id: str, scopes: Collection[str], client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        try:
            return set(understood(scopes)) <= set(client.scopes)
        except Invalid:
            return False

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        """Nothing: an empty scope is empty (O08)."""
        return []

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Return whether the client must use PKCE. One that proves itself may use a nonce instead (RFC 9700 §2.1.1).

        Asked of an authorization request, and again when its code is redeemed.
        """
        client: Application = request.client
        if client.is_public:
            return client.client_id != COPIED_BY_HAND
        return client.require_pkce and not _has_nonce(request)

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        save_code(
            code["code"],
            session=request.session,
            application=request.client,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            audience=request.audience,
            nonce=request.nonce or "",
            code_challenge=request.code_challenge or "",
        )

    # The token request.

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        request.found_code = find_code(code, application=client)
        return request.found_code is not None

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        if not request.found_code.code_challenge and request.code_verifier is not None:
            # A verifier without a challenge: somebody took the challenge out on the way (RFC 9700 §4.8.2).
            raise errors.InvalidGrantError("There was no code_challenge.", request=request)
        return request.found_code.code_challenge or None

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Application, *args: Any, **kwargs: Any
    ) -> bool:
        request = args[0] if args else kwargs["request"]
        return bool(request.found_code.redirect_uri == redirect_uri)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *a: Any, **kw: Any) -> None:
        """It was, in the transaction that made its tokens."""

    # A refresh token is judged by the verb that turns it over, once and under one look: whose it is, whether it was
    # used, and whether the scope is within what it was given.

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return []

    def is_within_original_scope(
        self, request_scopes: list[str], refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return True

    def save_bearer_token(self, token: Any, request: Request, *args: Any, **kwargs: Any) -> None:
        """Access tokens are not stored, and refresh tokens by the verb that makes them."""

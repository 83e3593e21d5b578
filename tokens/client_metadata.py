"""Check a client's registration, in the words of RFC 7591. Values in, a Registration or Invalid out.

Sources: RFC 7591 §2, OpenID Connect Dynamic Client Registration §2, OpenID Connect Back-Channel Logout §2.2. It doesn't
know who registers, nor what they may.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from common.errors import Invalid
from common.visible import is_visible, shows
from tokens.assertion_jwt import KEPT, why_not
from tokens.models import Application
from tokens.models.applications import (
    LOOPBACK,
    ApplicationType,
    AuthMethod,
    GrantType,
    client_credentials_only,
    every_scope,
    validate_redirect_uri,
)
from tokens.models.keys import Algorithm

PUBLIC, CONFIDENTIAL = Application.CLIENT_PUBLIC, Application.CLIENT_CONFIDENTIAL
WITH_SECRET = (AuthMethod.BASIC.value, AuthMethod.POST.value)
# Columns of django-oauth-toolkit that hold several values in one text.
SPACE_SEPARATED = ("redirect_uris", "post_logout_redirect_uris", "allowed_origins")
SHORTEST_LIFE, LONGEST_LIFE = 30, 86_400  # seconds
MOST_VALUES = 50
MOST_KEYS = 10
LONGEST_URI = 2000
LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One that says nothing is that of a robot, which gets tokens for itself by a secret."""

    display_name: str = ""
    client_type: str = CONFIDENTIAL
    application_type: str = ApplicationType.WEB.value
    token_endpoint_auth_method: str = AuthMethod.BASIC.value
    jwks: dict[str, Any] | None = None
    grant_types: list[str] = field(default_factory=client_credentials_only)
    redirect_uris: list[str] = field(default_factory=list)
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    allowed_origins: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=every_scope)
    audiences: list[str] = field(default_factory=list)
    require_pkce: bool = True
    first_party: bool = False
    algorithm: str = Algorithm.RS256.value
    access_token_seconds: int | None = None
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = True

    @property
    def is_public(self) -> bool:
        return self.client_type == PUBLIC

    @property
    def has_secret(self) -> bool:
        return self.token_endpoint_auth_method in WITH_SECRET


FIELDS = tuple(each.name for each in fields(Registration))


def registration_of(application: Application) -> Registration:
    columns = {name: getattr(application, name) for name in FIELDS}
    return Registration(**columns | {name: columns[name].split() for name in SPACE_SEPARATED})


def columns_of(registration: Registration) -> dict[str, Any]:
    """Return the fields of the Application that has this registration."""
    columns = asdict(registration)
    return columns | {name: " ".join(columns[name]) for name in SPACE_SEPARATED}


def revised(present: Registration, changes: Mapping[str, object]) -> Registration:
    """Return the present registration with these changes, whatever their types, and with what follows from them.

    Invalid `invalid_redirect_uri` or `invalid_client_metadata` (RFC 7591 §3.2.2), which names the field.
    """
    unknown = sorted(changes.keys() - READERS.keys())
    if unknown:
        raise _refused(unknown[0], "no such field.")
    read = {name: READERS[name](name, value) for name, value in changes.items()}
    registration = replace(present, **_implied(present, read), **read)
    _check_authentication(registration)
    _check_grants(registration)
    _check_uris(registration)
    return registration


def _implied(present: Registration, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were left out and follow from the others."""
    implied: dict[str, Any] = {}
    if "token_endpoint_auth_method" in changes:
        implied["client_type"] = PUBLIC if changes["token_endpoint_auth_method"] == AuthMethod.NONE else CONFIDENTIAL
    elif changes.get("client_type", present.client_type) != present.client_type:
        public = changes["client_type"] == PUBLIC
        implied["token_endpoint_auth_method"] = AuthMethod.NONE.value if public else AuthMethod.BASIC.value
    after = {"client_type": present.client_type, "token_endpoint_auth_method": present.token_endpoint_auth_method}
    after |= implied | {name: changes[name] for name in after if name in changes}

    if after["token_endpoint_auth_method"] != AuthMethod.PRIVATE_KEY_JWT:
        implied["jwks"] = None
    if after["client_type"] == PUBLIC:
        kept = [grant for grant in present.grant_types if grant != GrantType.CLIENT_CREDENTIALS]
        implied["grant_types"] = kept or [GrantType.AUTHORIZATION_CODE.value, GrantType.REFRESH_TOKEN.value]
    return {name: value for name, value in implied.items() if name not in changes}


def _check_authentication(registration: Registration) -> None:
    method = registration.token_endpoint_auth_method
    if (method == AuthMethod.NONE) != registration.is_public:
        raise _refused("token_endpoint_auth_method", "none is for public clients, and for them alone.")
    if method == AuthMethod.PRIVATE_KEY_JWT and registration.jwks is None:
        raise _refused("jwks", "private_key_jwt needs the client's public keys.")
    if method != AuthMethod.PRIVATE_KEY_JWT and registration.jwks is not None:
        raise _refused("jwks", "keys are for token_endpoint_auth_method private_key_jwt.")
    if registration.is_public and not registration.require_pkce:
        raise _refused("require_pkce", "a public client can't go without: nothing else binds a code to it.")


def _check_grants(registration: Registration) -> None:
    if not registration.grant_types:
        raise _refused("grant_types", "name at least one.")
    if registration.is_public and GrantType.CLIENT_CREDENTIALS in registration.grant_types:
        raise _refused("grant_types", "client_credentials needs a client that can keep credentials.")
    if GrantType.AUTHORIZATION_CODE in registration.grant_types and not registration.redirect_uris:
        raise _refused("redirect_uris", "authorization_code needs at least one.", "invalid_redirect_uri")


def _check_uris(registration: Registration) -> None:
    native = registration.application_type == ApplicationType.NATIVE
    for uri in registration.redirect_uris:
        _check_uri("redirect_uris", uri, native=native, code="invalid_redirect_uri")
    for uri in registration.post_logout_redirect_uris:
        _check_uri("post_logout_redirect_uris", uri, native=native)
    if registration.backchannel_logout_uri:
        _check_uri("backchannel_logout_uri", registration.backchannel_logout_uri)


def _check_uri(name: str, uri: str, *, native: bool = False, code: str = "invalid_client_metadata") -> None:
    try:
        validate_redirect_uri(uri, native=native)
    except ValidationError as error:
        raise _refused(name, error.messages[0], code) from None


# One value each: from whatever was sent, its type included.


def _text(name: str, value: object, *, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not is_visible(value) or (value and not shows(value)):
        raise _refused(name, f"at most {longest} printable characters.")
    return value.strip()


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refused(name, "true or false.")
    return value


def _one_of(name: str, value: object, *, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise _refused(name, f"one of {', '.join(known)}.")
    return value


def _texts(name: str, value: object) -> list[str]:
    code = "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata"
    if not isinstance(value, list | tuple) or len(value) > MOST_VALUES:
        raise _refused(name, f"a list of at most {MOST_VALUES}.", code)
    if not all(isinstance(each, str) and 0 < len(each) <= LONGEST_URI and is_visible(each) for each in value):
        raise _refused(name, f"each has 1 to {LONGEST_URI} printable characters.", code)
    return list(dict.fromkeys(value))


def _some_of(name: str, value: object, *, known: Collection[str]) -> list[str]:
    """In the order in which they are known."""
    chosen = _texts(name, value)
    if not set(chosen) <= set(known):
        raise _refused(name, f"of {', '.join(known)}.")
    return [each for each in known if each in chosen]


def _origins(name: str, value: object) -> list[str]:
    origins = _texts(name, value)
    for origin in origins:
        if not _is_origin(origin):
            raise _refused(name, f"{origin} is no origin as browsers send it, such as https://app.example.com.")
    return origins


def _is_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    local = parts.hostname in (*LOOPBACK, "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        return False
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"https": 443, "http": 80}[parts.scheme]
    spelled = f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")
    return bool(host) and origin.isascii() and "*" not in origin and origin == spelled


def _seconds(name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not SHORTEST_LIFE <= value <= LONGEST_LIFE:
        raise _refused(name, f"a whole number from {SHORTEST_LIFE} to {LONGEST_LIFE}.")
    return value


def _key_set(name: str, value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        raise _refused(name, f'a JWK set, {{"keys": [...]}}, of 1 to {MOST_KEYS} keys.')
    for number, key in enumerate(keys, 1):
        if why := why_not(key):
            raise _refused(name, f"key {number} {why}.")
    if len(keys) > 1 and len({key.get("kid", "") for key in keys} - {""}) < len(keys):
        raise _refused(name, "of several keys each needs a kid of its own.")
    return {"keys": [{member: key[member] for member in KEPT if member in key} for key in keys]}


def _refused(name: str, sentence: str, code: str = "invalid_client_metadata") -> Invalid:
    return Invalid(code, f"{name}: {sentence}", field=name)


READERS: dict[str, Callable[[str, object], Any]] = {
    "display_name": partial(_text, longest=LONGEST_NAME),
    "client_type": partial(_one_of, known=(CONFIDENTIAL, PUBLIC)),
    "application_type": partial(_one_of, known=ApplicationType.values),
    "token_endpoint_auth_method": partial(_one_of, known=AuthMethod.values),
    "jwks": _key_set,
    "grant_types": partial(_some_of, known=GrantType.values),
    "redirect_uris": _texts,
    "post_logout_redirect_uris": _texts,
    "allowed_origins": _origins,
    "scopes": partial(_some_of, known=every_scope()),
    "audiences": _texts,
    "require_pkce": _flag,
    "first_party": _flag,
    "algorithm": partial(_one_of, known=Algorithm.values),
    "access_token_seconds": _seconds,
    "backchannel_logout_uri": partial(_text, longest=LONGEST_URI),
    "backchannel_logout_session_required": _flag,
}

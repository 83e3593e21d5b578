"""What is limited within requests of OAuth 2, OpenID Connect and SAML."""

from sso.saml.reader import xml
from tests.limits.limits import Limit
from tests.limits.sending import authorization, long_authorization, noted, registered, saml, token_request
from tests.tokens.asking import PROTOCOL
from tests.tokens.registering import CALLBACK, public, rsa_jwk
from tokens.client_metadata import LONGEST_NAME, LONGEST_URI, MOST_KEYS, MOST_VALUES
from tokens.oauth import LONGEST_NONCE, LONGEST_QUERY
from tokens.views import client_authentication
from tokens.views.logout import LONGEST as LONGEST_HINT
from tokens.views.logout import LONGEST_STATE

OAUTH = [
    Limit(
        "Authorization request",
        LONGEST_QUERY,
        "bytes",
        400,
        f"longer than {LONGEST_QUERY} bytes",
        long_authorization,
    ),
    Limit(
        "`nonce` of an authorization request",
        LONGEST_NONCE,
        "characters",
        303,
        "nonce+is+too+long",
        lambda w, n: authorization(w, nonce="n" * n),
        text_of=lambda answer: answer.headers.get("Location", ""),
    ),
    Limit(
        "Scopes of a request",
        client_authentication.MOST_SCOPES,
        "",
        400,
        "invalid_scope",
        lambda w, n: token_request(w, scope="a " * n),
    ),
    Limit(
        "One parameter of a token, introspection, revocation or device request: a secret, an assertion, a token",
        client_authentication.LONGEST,
        "characters",
        400,
        "invalid_request",
        lambda w, n: token_request(w, client_secret="s" * n),
    ),
    Limit(
        "`id_token_hint` of a logout request",
        LONGEST_HINT,
        "characters",
        400,
        "too long",
        lambda w, n: w.stranger.get(f"{PROTOCOL}/logout", {"id_token_hint": "h" * n}),
    ),
    Limit(
        "`state` of a logout request",
        LONGEST_STATE,
        "characters",
        400,
        "too long",
        lambda w, n: w.stranger.get(f"{PROTOCOL}/logout", {"state": "s" * n}),
    ),
    Limit(
        "Redirect URIs of a client",
        MOST_VALUES,
        "",
        400,
        "invalid_redirect_uri",
        lambda w, n: registered(redirect_uris=[f"{CALLBACK}/{number}" for number in range(n)]),
    ),
    Limit(
        "A redirect URI",
        LONGEST_URI,
        "characters",
        400,
        "invalid_redirect_uri",
        lambda w, n: registered(redirect_uris=[CALLBACK.ljust(n, "x")]),
    ),
    Limit(
        "Name of a client",
        LONGEST_NAME,
        "characters",
        400,
        "invalid_client_metadata",
        lambda w, n: registered(client_name="n" * n),
    ),
    Limit(
        "Keys of a client",
        MOST_KEYS,
        "",
        400,
        "invalid_client_metadata",
        lambda w, n: registered(
            token_endpoint_auth_method="private_key_jwt",
            jwks={"keys": [public(rsa_jwk(), kid=str(number)) for number in range(n)]},
        ),
    ),
]
SAML = [
    Limit(
        "Levels of elements in a SAML message",
        xml.DEEPEST,
        "",
        400,
        "nested deeper",
        lambda w, n: saml(w, "<a>" * n + "</a>" * n),
        text_of=noted,
    ),
    Limit(
        "Attributes of an element",
        xml.MOST_ATTRIBUTES,
        "",
        400,
        "more elements or attributes",
        lambda w, n: saml(w, "<a " + " ".join(f"a{number}=''" for number in range(n)) + "/>"),
        text_of=noted,
    ),
    Limit(
        "Namespaces that are declared inside each other",
        xml.MOST_NAMESPACES,
        "",
        400,
        "namespaces are declared",
        lambda w, n: saml(w, "<a " + " ".join(f"xmlns:a{number}='u:{number}'" for number in range(n)) + "/>"),
        text_of=noted,
    ),
    Limit(
        "Name of a namespace",
        xml.LONGEST_NAMESPACE,
        "characters",
        400,
        "name of a namespace",
        lambda w, n: saml(w, f"<a xmlns='{'u' * n}'/>"),
        text_of=noted,
    ),
]

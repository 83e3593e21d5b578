"""Every public address and what strangers send there. tests/anonymous/test_cost.py holds it to the URLconf."""

from tests.anonymous.requests import FORM, JUNK, PROTOCOL, REALM, TOKEN, UUID, Case, ask, form, get, json, odd
from tests.tokens.asking import CHALLENGE

TOKEN_API = "/api/v1/token"
OF_CLUSTER = "/api/v1/clusters/{w.cluster}"
SAMPLE = f"/api/v1/clusters/{UUID}"
BROKER, SAMPLE_BROKER = f"{REALM}/broker/corp", f"{REALM}/broker/x"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": TOKEN}}

DOCUMENTS = [
    get("/healthz"),
    get("/readyz"),
    get("/session"),
    get("/api/docs"),
    get("/api/docs/openapi.json"),
    get("/cli/runai-identity"),
    get("/branding/x", "no logo's digest"),
    get("/branding/x.css", "no accent's digest"),
    get("/oauth-code"),
    get("/oauth-code", "a code", code="x" * 2000),
    get("/.well-known/openid-configuration"),
    get(f"{REALM}/.well-known/openid-configuration"),
    get(f"{REALM}/.well-known/oauth-authorization-server"),
    get(f"/.well-known/oauth-authorization-server{REALM}"),
    get(f"{PROTOCOL}/certs"),
    get(f"{OF_CLUSTER}/.well-known/openid-configuration", "of a cluster", f"{SAMPLE}/.well-known/openid-configuration"),
    get(f"{OF_CLUSTER}/certs", "of a cluster", f"{SAMPLE}/certs"),
    get(f"{SAMPLE}/certs", "of no cluster"),
]
PAGES = [
    get("/login"),
    get("/login", "where to go on", next="/" + "x" * 1900),
    get("/login", "a name", login_hint="x"),
    form("/login", "a wrong password of somebody", hashes=True, email="{w.person}", password="wrong"),
    form("/login", "a password of nobody", hashes=True, email="nobody{n}@example.com", password="wrong"),
    *odd("/login"),
    form("/login/passkey", "an answer of no passkey", answer="junk"),
    *odd("/login/passkey"),
    get("/recover"),
    form("/recover", "an address of somebody", email="{w.person}"),
    form("/recover", "an address of nobody", email="nobody{n}@example.com"),
    *odd("/recover"),
    get("/choose-password"),
    get("/choose-password", "a made-up link", link=f"{UUID.replace('-', '')}.x"),
    form("/choose-password", "a made-up link", link="x{n}", new="Another-Horse-77", again="Another-Horse-77"),
    *odd("/choose-password"),
    get("/language"),
    get("/language", "where to go on", next="/" + "x" * 1900),
    form("/language", "German", language="de"),
    form("/language", "no language", language="x"),
    *odd("/language"),
    form("/logout", "nothing"),
    form("/admin/logout/", "nothing"),
    form("/session/stay", "nothing"),
    get(f"{PROTOCOL}/auth", "nothing"),
    get(f"{PROTOCOL}/auth", "an unknown client", client_id="nobody"),
    get(
        f"{PROTOCOL}/auth",
        "a request of a client",
        client_id="runai-cli",
        response_type="code",
        scope="openid",
        redirect_uri="http://127.0.0.1/callback",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        state="s",
    ),
    get(
        f"{PROTOCOL}/auth",
        "a long request of a client",
        client_id="runai-cli",
        response_type="code",
        scope="openid",
        redirect_uri="http://127.0.0.1/callback",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        state="s" * 15000,
    ),
    *odd(f"{PROTOCOL}/auth"),
    get(f"{PROTOCOL}/auth/kept/x", "a made-up reference"),
    get(f"{PROTOCOL}/logout", "nothing"),
    get(f"{PROTOCOL}/logout", "a made-up hint", id_token_hint=TOKEN),
    *odd(f"{PROTOCOL}/logout"),
    form(f"{PROTOCOL}/logout/confirm", "a made-up page", request_token="x:y:z"),
]
DIRECTORIES = [
    get(f"{REALM}/broker/sign-out", "nothing"),
    get(f"{REALM}/broker/sign-out", "a made-up session", session="x:y:z"),
    get(f"{BROKER}/login", "to a SAML provider", f"{SAMPLE_BROKER}/login"),
    get(f"{REALM}/broker/acme/login", "to an OpenID Connect provider", f"{SAMPLE_BROKER}/login"),
    get(f"{REALM}/broker/nobody/login", "to no provider", f"{SAMPLE_BROKER}/login"),
    form(f"{BROKER}/endpoint", "junk for an answer", f"{SAMPLE_BROKER}/endpoint", SAMLResponse=JUNK),
    *odd(f"{BROKER}/endpoint", f"{SAMPLE_BROKER}/endpoint"),
    get(f"{REALM}/broker/acme/endpoint", "a code nobody asked for", f"{SAMPLE_BROKER}/endpoint", code="x", state="y"),
    get(f"{BROKER}/continue", "a made-up handle", f"{SAMPLE_BROKER}/continue", handle="x"),
    get(f"{BROKER}/endpoint/descriptor", "nothing", f"{SAMPLE_BROKER}/endpoint/descriptor"),
    form(f"{BROKER}/logout", "junk for a request", f"{SAMPLE_BROKER}/logout", SAMLRequest=JUNK),
    form(f"{BROKER}/logout", "junk for an answer", f"{SAMPLE_BROKER}/logout", SAMLResponse=JUNK),
]
TOKENS = [
    json(
        TOKEN_API,
        "a wrong password of somebody",
        hashes=True,
        body={"grantType": "password", "username": "{w.person}", "password": "wrong"},
    ),
    json(
        TOKEN_API,
        "a password of nobody",
        hashes=True,
        body={"grantType": "password", "username": "nobody{n}@example.com", "password": "wrong"},
    ),
    json(
        TOKEN_API,
        "a wrong secret of a client",
        body={"grantType": "client_credentials", "clientID": "robo", "clientSecret": "wrong{n}"},
    ),
    json(
        TOKEN_API,
        "a secret of no client",
        body={"grantType": "client_credentials", "clientID": "nobody{n}", "clientSecret": "wrong"},
    ),
    json(TOKEN_API, "a made-up refresh token", body={"grantType": "refresh_token", "refreshToken": f"{'0' * 32}.x"}),
    *odd(TOKEN_API),
    json("/v1/k8s/auth/oauth/apptoken", "a wrong secret of a client", body={"id": "robo", "secret": "wrong{n}"}),
    *odd("/v1/k8s/auth/oauth/apptoken"),
]
for path in ("/api/v2/token", f"{PROTOCOL}/token"):
    TOKENS += [
        form(path, "a wrong secret of a client", basic="robo:wrong", grant_type="client_credentials"),
        form(path, "no client's name", client_id="nobody{n}", grant_type="client_credentials"),
        form(
            path,
            "a made-up code",
            client_id="runai-cli",
            grant_type="authorization_code",
            code="x{n}",
            redirect_uri="http://127.0.0.1/callback",
            code_verifier="v" * 50,
        ),
        form(path, "a made-up refresh token", client_id="runai-cli", grant_type="refresh_token", refresh_token="x{n}"),
        form(path, "a made-up device code", client_id="runai-cli", grant_type=DEVICE, device_code="x{n}"),
        form(
            path,
            "a made-up assertion",
            grant_type="client_credentials",
            client_assertion=TOKEN,
            client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        *odd(path),
    ]
TOKENS += [
    form(
        "/api/v2/token",
        "a wrong password of somebody",
        hashes=True,
        grant_type="password",
        username="{w.person}",
        password="wrong",
    )
]
CLIENTS = [
    form(f"{PROTOCOL}/auth/device", "a device of a public client", client_id="runai-cli", scope="openid"),
    form(f"{PROTOCOL}/auth/device", "no client's name", client_id="nobody{n}"),
    *odd(f"{PROTOCOL}/auth/device"),
    get(f"{PROTOCOL}/userinfo", "nothing"),
    Case(
        f"{PROTOCOL}/userinfo",
        "GET",
        "a made-up token",
        lambda w, n: ask("get", f"{PROTOCOL}/userinfo", n, headers={"Authorization": f"Bearer {TOKEN}"}),
    ),
    form(f"{PROTOCOL}/token/introspect", "a wrong secret of a client", basic="robo:wrong", token=TOKEN),
    form(f"{PROTOCOL}/token/introspect", "a public client's name", client_id="runai-cli", token=TOKEN),
    *odd(f"{PROTOCOL}/token/introspect"),
    form(f"{PROTOCOL}/revoke", "a made-up token of a public client", client_id="runai-cli", token="x{n}"),
    form(f"{PROTOCOL}/revoke", "a wrong secret of a client", basic="robo:wrong", token=TOKEN),
    *odd(f"{PROTOCOL}/revoke"),
    json(f"{PROTOCOL}/registrations", "a made-up initial access token", bearer="x", body={"client_name": "x{n}"}),
    *odd(f"{PROTOCOL}/registrations"),
]
CLUSTERS = [
    json(f"{OF_CLUSTER}/tokenreview", "a wrong webhook token", f"{SAMPLE}/tokenreview", bearer="wrong", body=REVIEW),
    *odd(f"{OF_CLUSTER}/tokenreview", f"{SAMPLE}/tokenreview"),
    get(f"{OF_CLUSTER}/rbac", "nothing", f"{SAMPLE}/rbac"),
    json(f"{OF_CLUSTER}/rbac/status", "a wrong credential", f"{SAMPLE}/rbac/status", bearer="wrong", body={"a": "x"}),
]
EVERYWHERE = "everything else"
OTHERS = [
    get("/api/v1/users", "no token", EVERYWHERE),
    json("/api/v1/users", "a made-up token", EVERYWHERE, bearer=TOKEN, body={"email": "x@example.com"}),
    get("/account", "no cookie", EVERYWHERE),
    get("/admin/", "no cookie, in the administration", EVERYWHERE),
    Case(
        EVERYWHERE,
        "GET",
        "a made-up cookie",
        lambda w, n: ask("get", "/account", n, headers={"Cookie": f"session=made-up-{n}"}),
    ),
    get("/static/css/people.css", "for a static file", EVERYWHERE),
    get("/nothing/at/all", "for nothing", EVERYWHERE),
    Case(EVERYWHERE, "GET", "a wrong host", lambda w, n: ask("get", "/login", n, headers={"Host": "evil.example"})),
    Case(
        EVERYWHERE,
        "POST",
        "more than is read",
        lambda w, n: ask("post", "/login", n, data=b"a=" + b"x" * 300_000, content_type=FORM),
    ),
]

CASES = [*DOCUMENTS, *PAGES, *DIRECTORIES, *TOKENS, *CLIENTS, *CLUSTERS, *OTHERS]

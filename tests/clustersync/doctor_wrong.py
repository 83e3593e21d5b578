"""One thing wrong for each rule of the doctor."""

from dataclasses import dataclass, field
from typing import Any

from clustersync.doctor.served import Sample
from tests.clustersync.doctor import (
    CLAIMS,
    DISCOVERY_URL,
    FILE,
    ISSUER,
    ORIGIN,
    OTHER_UUID,
    PEM,
    PERSON,
    POD,
    RIGHT,
    UUID,
    WEBHOOK_FLAGS,
)
from tests.clustersync.doctor_changes import ASKED, AUTHORIZATION


@dataclass(frozen=True)
class Wrong:
    """A right paste with one thing `was` made `now`; or something else that is served, or seen."""

    rule: str
    paste: str
    was: str = ""
    now: str = ""
    served: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        right = RIGHT.get(self.paste, self.paste)
        assert self.was in right, f"{self.rule}: nothing would be replaced"
        return right.replace(self.was, self.now, 1) if self.was else right + self.now


TWO = "- runai-gpu-1\n    - runai\n    audienceMatchPolicy: MatchAny"

WRONG = [
    Wrong("recognised", "hello", seen={"failure": None, "status": None}),
    Wrong("yaml", "file", "kind: Auth", "kind: : Auth"),
    Wrong("told-of-us", "--service-account-issuer=https://kubernetes.default.svc\n"),
    Wrong("file-not-pasted", "--authentication-config=/etc/kubernetes/authentication.yaml\n"),
    Wrong("second-file", "file", now=f"---\n{FILE}"),
    Wrong("unknown-flag", "flags", "--oidc-client-id", "--oidc-clientid"),
    Wrong("no-flag", "flags", now="--anonymous-auth false\n"),
    Wrong("quotes", f'- --oidc-issuer-url="{ISSUER}"\n- --oidc-client-id=runai-gpu-1\n'),
    Wrong("duplicate-flag", "flags", now="--oidc-groups-claim=roles\n"),
    Wrong("flags-and-file", "flags", now="--authentication-config=/etc/kubernetes/authentication.yaml\n"),
    Wrong("api-version", "file", "k8s.io/v1", "k8s.io/v2"),
    Wrong("unknown-field", "file", "    audiences:\n", "    audience: runai-gpu-1\n    audiences:\n"),
    Wrong("kind", "file", "kind: Auth", "kind: auth"),
    Wrong("json", '{"kind": "AuthenticationConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "jwt": [],}'),
    Wrong("key-twice", "file", "      claim: groups\n", "      claim: roles\n      claim: groups\n"),
    Wrong("value-type", "file", "audiences:\n    - runai-gpu-1", "audiences: runai-gpu-1"),
    Wrong("address", "file", "url: https://", "url: https://me@"),
    Wrong("issuer-twice", "file", now=FILE[FILE.index("- issuer") :]),
    Wrong("audiences", "file", "- runai-gpu-1", "- runai-gpu-1\n    audienceMatchPolicy: MatchAll"),
    Wrong("egress-selector", "file", "    audiences:", "    egressSelectorType: master\n    audiences:"),
    Wrong(
        "ca-unreadable",
        "file",
        "    audiences:",
        (
            "    certificateAuthority: |\n      -----BEGIN CERTIFICATE-----\n      MIIB\n"
            "      -----END CERTIFICATE-----\n"
            "    audiences:"
        ),
    ),
    Wrong(
        "claim-mapping",
        "file",
        "  claimMappings:\n",
        ("  claimMappings:\n    uid: {claim: sub, expression: claims.sub}\n"),
    ),
    Wrong(
        "extra-key",
        "file",
        "  claimMappings:\n",
        ("  claimMappings:\n    extra: [{key: session, valueExpression: claims.sid}]\n"),
    ),
    Wrong("validation-rule", "file", "userValidationRules:", "userValidationRules:\n  - message: hello"),
    Wrong("anonymous-conditions", "file", now="anonymous: {conditions: [{path: /healthz}]}\n"),
    Wrong("authorization-form", AUTHORIZATION, "type: RBAC", "type: rbac"),
    Wrong("authorization-not-judged", AUTHORIZATION + ASKED, "{}", "[{expression: has(request.resourceAttributes)}]"),
    Wrong("webhook-form", "webhook", "users:\n", "users:\n- {name: gpu-1, user: {}}\n"),
    Wrong("cluster-disabled", "flags", served={"enabled": False}),
    Wrong("always-allow", "flags", now="--authorization-mode=AlwaysAllow\n"),
    Wrong("rbac", "flags", now="--authorization-mode=Node\n"),
    Wrong("flag-value", "flags", now="--authorization-mode=Node,rbac\n"),
    Wrong("file-not-mounted", POD, "/etc/kubernetes/runai-identity/ca.crt", "/etc/runai-identity/ca.crt"),
    Wrong("anonymous-twice", "file", now="anonymous: {enabled: false}\n---\n--anonymous-auth=false\n"),
    Wrong("egress-selector-config", "file", "    audiences:", "    egressSelectorType: cluster\n    audiences:"),
    Wrong("authorization-file", "flags", now="--authorization-mode=Webhook,RBAC\n"),
    Wrong("feature-gate", "flags", now="--feature-gates=StructuredAuthenticationConfiguration=false\n"),
    Wrong("served-by-https", "flags", served={"issuer": ISSUER.replace("https", "http")}),
    Wrong("issuer-missing", "flags", f"--oidc-issuer-url={ISSUER}\n", ""),
    Wrong("issuer-typo", "flags", "-url=https", "-url=url=https"),
    Wrong("issuer-scheme", "flags", "-url=https", "-url=http"),
    Wrong("issuer-slash", "flags", ISSUER, f"{ISSUER}/"),
    Wrong("issuer-case", "flags", "realms/runai", "realms/RunAI"),
    Wrong("issuer-host", "flags", ORIGIN, f"{ORIGIN}:8443"),
    Wrong("issuer-path", "flags", "realms/runai", "realms/acme"),
    Wrong("service-account-issuer", "flags", now=f"--service-account-issuer={ISSUER}\n"),
    Wrong("discovery-typo", "file", DISCOVERY_URL, f"{DISCOVERY_URL}s"),
    Wrong("discovery-url", "file", UUID, OTHER_UUID),
    Wrong("discovery-tls", "flags", seen={"failure": "tls", "why": "self-signed certificate", "status": None}),
    Wrong("discovery-unreachable", "flags", seen={"failure": "unreachable", "why": "refused", "status": None}),
    Wrong("discovery-redirect", "flags", seen={"status": 302, "redirected_to": "https://sso.example.com/"}),
    Wrong("discovery-not-json", "flags", seen={"is_json": False}),
    Wrong("discovery-issuer", "flags", seen={"issuer": f"{ISSUER}/"}),
    Wrong("jwks-key-type", "flags", seen={"key_types": ("RSA", "EC secp256k1")}),
    Wrong("jwks-stale", "flags", seen={"kids": ("zero", "two")}),
    Wrong("jwks-next-key", "flags", seen={"kids": ("one",)}),
    Wrong("jwks-max-age", "flags", seen={"max_age": 7 * 24 * 3600}),
    Wrong("jwks-last-fetch", "flags", served={"fetched_kids": ("zero",)}),
    Wrong("clock-wrong", "flags", seen={"skew": 90.0}),
    Wrong("clock-skew", "flags", seen={"skew": -9.0}),
    Wrong("webhook-latency", "flags", seen={"webhook_milliseconds": 1500.0}),
    Wrong("token-size", "flags", seen={"token_bytes": 9000}),
    Wrong("version-too-old", "flags", seen={"version": (1, 28)}),
    Wrong("audience-missing", "flags", "--oidc-client-id=runai-gpu-1\n", ""),
    Wrong("audience-of-another-cluster", "flags", "runai-gpu-1", "runai-gpu-2"),
    Wrong("audience-of-the-api", "flags", "=runai-gpu-1", "=urn:runai:api"),
    Wrong("audience-shared", "flags", "=runai-gpu-1", "=runai"),
    Wrong("audience-shared-too", "file", "- runai-gpu-1", TWO),
    Wrong("audience-unknown", "flags", "=runai-gpu-1", "=kubernetes"),
    Wrong("audience-match-policy", "file", "- runai-gpu-1", "- runai-gpu-1\n    - kubernetes"),
    Wrong("api-audiences", "flags", now="--api-audiences=https://kubernetes.default.svc,runai-gpu-1\n"),
    Wrong("anonymous-auth", "flags", now="--anonymous-auth=true\n"),
    Wrong("signing-algs-unknown", "flags", "RS256,ES256", "RS256,EdDSA"),
    Wrong("signing-algs", "flags", "RS256,ES256", "ES256"),
    Wrong("signing-algs-too-few", "flags", "--oidc-signing-algs=RS256,ES256\n", ""),
    Wrong("ca-missing", "flags", served={"authority": PEM}),
    Wrong("ca-not-inline", "file", "    audiences:", "    certificateAuthority: /etc/ca.crt\n    audiences:"),
    Wrong(
        "ca-other",
        "file",
        "    audiences:",
        "    certificateAuthority: |\n      -----BEGIN CERTIFICATE-----\n      MIITHEIRS\n"
        "      -----END CERTIFICATE-----\n    audiences:",
        served={"authority": PEM},
    ),
    Wrong("ca-file-of-the-cluster", "flags", now="--oidc-ca-file=/etc/kubernetes/pki/ca.crt\n"),
    Wrong("no-guards", "file", FILE[FILE.index("  userValidationRules") :], ""),
    Wrong("username-missing", "file", '      claim: preferred_username\n      prefix: "runai:"\n', "      {}\n"),
    Wrong("claim-and-expression", "file", "claim: preferred_username", "claim: sub\n      expression: claims.sub"),
    Wrong("username-claim-never-sent", "flags", "preferred_username", "upn"),
    Wrong("email-claim", "flags", "preferred_username", "email"),
    Wrong(
        "email-expression",
        "file",
        'claim: preferred_username\n      prefix: "runai:"',
        "expression: \"'runai:' + claims.email\"",
    ),
    Wrong("username-claim", "flags", "--oidc-username-claim=preferred_username\n", ""),
    Wrong("system-prefix", "flags", "username-prefix=runai:", "username-prefix=system:"),
    Wrong("username-prefix-missing", "flags", "--oidc-username-prefix=runai:\n", ""),
    Wrong("username-prefix-none", "flags", "username-prefix=runai:", "username-prefix=-"),
    Wrong("username-prefix", "flags", "username-prefix=runai:", "username-prefix=oidc:"),
    Wrong("required-claim", "flags", now="--oidc-required-claim=hd=example.com\n"),
    Wrong("groups-unprefixed", "flags", "--oidc-groups-prefix=runai:\n", ""),
    Wrong("groups-prefix", "flags", "groups-prefix=runai:", "groups-prefix=oidc:"),
    Wrong("groups-claim-missing", "flags", "--oidc-groups-claim=groups\n", ""),
    Wrong("groups-claim", "flags", "groups-claim=groups", "groups-claim=roles"),
    Wrong("groups-not-expected", "flags", served={"groups_claim": ""}),
    Wrong("groups-left-out", "flags", served={"samples": (Sample("bob@example.com", CLAIMS, True, ("research",)),)}),
    Wrong("cel-invalid", "file", "!user.username.startsWith('system:')", "!user.name.startsWith('system:')"),
    Wrong("cel-refuses", "file", "!user.username.startsWith('system:')", "user.groups.exists(g, g == 'admins')"),
    Wrong(
        "cel-refuses-others",
        "file",
        "  claimMappings:\n",
        ('  claimValidationRules: [{expression: "claims.email_verified == true"}]\n  claimMappings:\n'),
    ),
    Wrong("cel-username", "file", 'claim: preferred_username\n      prefix: "runai:"', "expression: claims.sub"),
    Wrong("cel-groups", "file", 'claim: groups\n      prefix: "runai:"', "expression: claims.groups"),
    Wrong("cel-not-judged", "file", "!user.username.startsWith('system:')", "!isIP(user.username)"),
    Wrong("mode", "flags", served={"mode": "webhook"}),
    Wrong("webhook-config-file", "flags", WEBHOOK_FLAGS.splitlines(keepends=True)[0], ""),
    Wrong("webhook-ttl-unreadable", "flags", "ttl=30s", "ttl=30"),
    Wrong("webhook-http", "webhook", "server: https", "server: http"),
    Wrong("webhook-of-another-cluster", "webhook", UUID, OTHER_UUID),
    Wrong("webhook-url", "webhook", "/tokenreview", "/tokenreview/"),
    Wrong("webhook-context", "webhook", "current-context: runai-identity", "current-context: runai"),
    Wrong("webhook-token", "webhook", "token: s3cret", "token: <the token>"),
    Wrong("webhook-ca", "webhook", served={"authority": PEM}),
    Wrong("webhook-insecure", "webhook", "    server:", "    insecure-skip-tls-verify: true\n    server:"),
    Wrong("webhook-version", "flags", "--authentication-token-webhook-version=v1\n", ""),
    Wrong("webhook-ttl", "flags", "--authentication-token-webhook-cache-ttl=30s\n", ""),
    Wrong("person-entry", "plugin", UUID, OTHER_UUID, served={"api_url": ""}),
    Wrong("person-issuer", "person", f"url={ISSUER}", f"url={ISSUER}/"),
    Wrong("person-client", "person", "id=runai-cli", "id=kubernetes"),
    Wrong("person-audience", "person", "      - --oidc-auth-request-extra-params=resource=runai-gpu-1\n", ""),
    Wrong("person-audience-other", "person", "resource=runai-gpu-1", "resource=runai-gpu-2"),
    Wrong("person-access-token", "person", "      - --oidc-use-access-token\n", ""),
    Wrong("person-cluster", "plugin", UUID, OTHER_UUID),
    Wrong("person-exec-version", "person", "k8s.io/v1", "k8s.io/v1alpha1"),
    Wrong("person-kubectl", "person", seen={"kubectl": (1, 21)}),
    Wrong("person-interactive", "person", "      interactiveMode: IfAvailable\n", ""),
    Wrong("person-insecure", "person", "    server:", "    insecure-skip-tls-verify: true\n    server:"),
    Wrong(
        "person-auth-provider",
        "person",
        PERSON[PERSON.index("    exec:") : PERSON.index("contexts:")],
        (f"    auth-provider:\n      name: oidc\n      config:\n        idp-issuer-url: {ISSUER}\n"),
    ),
    Wrong("person-secret", "person", "      - get-token\n", "      - get-token\n      - --oidc-client-secret=s3cret\n"),
    Wrong("person-static-token", "person", "    exec:", "    token: s3cret\n    exec:"),
    Wrong("person-certificate", "person", "    exec:", "    client-certificate-data: czNjcmV0\n    exec:"),
    Wrong("person-server", "person", "gpu-1.example.com:6443", "10.0.0.1:6443"),
]

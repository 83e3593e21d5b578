"""More files for a kube-apiserver: of YAML as Go reads it, of how flags are given, and of what stands beside.

Which are wrong and which are right a real server said (doctor_verdicts.json).
"""

import json

import yaml

from tests.clustersync.doctor import FILE, ISSUER, ORIGIN
from tests.clustersync.doctor_changes import ELSEWHERE, Change, mapping, rule

TWO = "- runai-gpu-1\n    - {}\n    audienceMatchPolicy: MatchAny"
PARSED = yaml.safe_load(FILE)
GATE = "--feature-gates={}=false\n"


def audience(text: str) -> Change:
    """A second one, whose type depends on who reads it."""
    return Change("- runai-gpu-1", TWO.format(text))


def word(*words: str) -> Change:
    """Arguments of the pod's container."""
    line = "    - --oidc-groups-claim=groups\n"
    return Change(line, line + "".join(f"    - {one}\n" for one in words), "pod")


def flag(*lines: str) -> Change:
    return Change("", "".join(f"{line}\n" for line in lines), "flags")


def decides(was: str, now: str) -> Change:
    return Change(was, now, "authorization")


def asks(was: str, now: str) -> Change:
    return Change(was, now, "webhook")


NO_TEXTS = (
    "y",
    "N",
    "on",
    "0o17",
    "017",
    "09",
    "1e3",
    ".5",
    "+.5",
    "1_000",
    "0b101",
    "0x1F",
    "+12e03",
    "1.5e3",
    "!!int '1'",
)
TEXTS = ("1:30", "190:20:30", "2001-01-01", "=", "0o", "1e", "tRUE", "1,5", "!!str 1", "!own x")
KEYS = ("example.com//a", "localhost/a", "my-k8s.io/a", "1.2.3.4/a")
NO_KEYS = (
    "example.com/a@b",
    "example.com/",
    "/a",
    "example.com/a b",
    "example.com:80/a",
    "-a.com/a",
    "k8s.io/a",
    "a.kubernetes.io/a",
    "*.a.com/b",
)

MORE_WRONG = {
    **{f"YAML that is no text to Go: {text}": audience(text) for text in NO_TEXTS},
    "YAML 1.2 by its directive": Change("apiVersion", "%YAML 1.2\n---\napiVersion"),
    "a merged key that stands there too": Change(
        "    groups:\n      claim: groups\n", "    groups:\n      <<: {claim: roles}\n      claim: groups\n"
    ),
    "a list of files": Change(FILE, yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [PARSED]})),
    "another file before it": Change(FILE, f"{FILE[: FILE.index('- issuer')]}{ELSEWHERE}---\n{FILE}"),
    "JSON with something after it": Change(FILE, f"{json.dumps(PARSED)}\nhello\n"),
    **{f"an extra key {key}": mapping(f'extra: [{{key: "{key}", valueExpression: claims.sub}}]') for key in NO_KEYS},
    "CEL with a list of a claim and a number": rule('"[claims.sub, 1].size() == 2"'),
    "CEL with a map of a text and a claim": rule("\"{'a': claims.sub, 'b': 'x'}.size() == 2\""),
    "a gate that is locked": Change("", f"---\n{GATE.format('StructuredAuthenticationConfiguration')}"),
    "another gate that is locked": Change("", f"---\n{GATE.format('AnonymousAuthConfigurableEndpoints')}"),
    "service accounts have another issuer of the file": Change(
        "", f"{ELSEWHERE}---\n--service-account-issuer={ISSUER.replace(ORIGIN, 'https://idp.example.com')}\n"
    ),
    "flags: a mode twice, in two flags": flag("--authorization-mode=RBAC", "--authorization-mode=RBAC"),
    "flags: everybody may, in the first of two": flag("--authorization-mode=AlwaysAllow", "--authorization-mode=RBAC"),
    "flags: no mode": flag("--authorization-mode="),
    "flags: a mode and a comma": flag("--authorization-mode=RBAC,"),
    "flags: a mode without its webhook": flag("--authorization-mode=Webhook,RBAC"),
    "flags: a mode without its policy": flag("--authorization-mode=ABAC,RBAC"),
    "flags: a boolean after a blank": flag("--anonymous-auth false"),
    "flags: one dash": flag("-anonymous-auth=false"),
    "flags: a long dash": flag("\u2014anonymous-auth=false"),
    "flags: capitals": flag("--OIDC-client-id=runai-gpu-1"),
    **{
        f"flags: {name} is none": flag(f"--{name}=x")
        for name in (
            "authorization-modes",
            "anonymous-authn",
            "api-audience",
            "service-account-issuers",
            "authorization-config-file",
        )
    },
    "flags: an issuer of service accounts twice": flag(*["--service-account-issuer=https://a.b"] * 2),
    "flags: no issuer of service accounts": flag("--service-account-issuer="),
    "flags: algorithms and a comma": Change("RS256,ES256", "RS256,ES256,", "flags"),
    "flags: a locked gate": flag("--feature-gates=StructuredAuthenticationConfiguration=false"),
    "flags: a gate that is gone": flag("--feature-gates=StructuredAuthorizationConfiguration=true"),
    "flags: two claims required in one flag": flag(f"--oidc-required-claim=iss={ISSUER},client_id=runai-cli"),
    "pod: a flag and its value in one word": word(f"--oidc-required-claim iss={ISSUER}"),
    "pod: a boolean in a word of its own": word("--anonymous-auth", '"false"'),
    "pod: one dash": word("-anonymous-auth=false"),
    "pod: no dash": word("anonymous-auth=false"),
    "pod: two dashes alone": word("--"),
    "pod: a file in no mount": word("--egress-selector-config-file=/etc/egress.yaml"),
    "pod: a file that leaves its mount": word("--egress-selector-config-file=/etc/kubernetes/pki/../../egress.yaml"),
    "pod: a file without its folder": word("--egress-selector-config-file=egress.yaml"),
    "pod: the flags of another container": Change(
        "    - --oidc", "  - name: proxy\n    command:\n    - proxy\n    - --oidc", "pod"
    ),
    **{
        f"who decides: {name}": decides(*change)
        for name, change in {
            "a type in small letters": ("type: RBAC", "type: rbac"),
            "another version": ("k8s.io/v1\nkind: Authori", "k8s.io/v2\nkind: Authori"),
            "no version": ("apiVersion: apiserver.config.k8s.io/v1\n", ""),
            "another kind": ("kind: Authori", "kind: authori"),
            "no name": ("  name: node\n", ""),
            "a name twice": ("name: node", "name: rbac"),
            "a name in capitals": ("name: node", "name: Node"),
            "a type twice": ("type: Node", "type: RBAC"),
            "an unknown field": ("  name: node\n", "  name: node\n  priority: 1\n"),
            "a key twice": ("  name: node\n", "  name: node\n  name: node\n"),
            "nobody": ("- type: Node\n  name: node\n- type: RBAC\n  name: rbac\n", ""),
            "a webhook of no type": ("  name: node\n", "  name: node\n  webhook: {timeout: 3s}\n"),
            "a webhook without itself": ("type: Node", "type: Webhook"),
            "AlwaysDeny by another name": ("type: Node", "type: AlwaysDeny"),
            "a mode beside it": ("---\n", "--authorization-mode=RBAC\n---\n"),
            "a webhook's flag beside it": ("---\n", "--authorization-webhook-cache-authorized-ttl=5m\n---\n"),
        }.items()
    },
    **{
        f"the webhook: {name}": asks(*change)
        for name, change in {
            "a CA that is no base64": ("    server:", "    certificate-authority-data: '%%'\n    server:"),
            "a CA that is none": ("    server:", "    certificate-authority-data: aGVsbG8=\n    server:"),
            "a CA, and none needed": (
                "    server:",
                "    insecure-skip-tls-verify: true\n    certificate-authority-data: LS0t\n    server:",
            ),
            "another kind": ("kind: Config", "kind: config"),
            "another version": ("apiVersion: v1", "apiVersion: v2"),
            "a certificate without its key": ("    token:", "    client-certificate-data: aGVsbG8=\n    token:"),
            "a token and a password": ("    token:", "    username: a\n    password: b\n    token:"),
            "a proxy that is none": ("    server:", "    proxy-url: foo bar\n    server:"),
            "a proxy by ftp": ("    server:", "    proxy-url: ftp://proxy\n    server:"),
            "two clusters of a name": ("users:", "- {name: runai-identity, cluster: {server: https://a}}\nusers:"),
            "two users of a name": ("contexts:", "- {name: gpu-1, user: {token: other}}\ncontexts:"),
            "a number for a namespace": ("    user: gpu-1\n", "    user: gpu-1\n    namespace: 5\n"),
        }.items()
    },
}
MORE_RIGHT = {
    **{f"YAML that is a text to Go: {text}": audience(text) for text in TEXTS},
    "an anchor and its alias": Change(
        FILE, FILE.replace('"runai:"', '&p "runai:"', 1).replace(' "runai:"\n  user', " *p\n  user")
    ),
    "merged keys": Change("    groups:\n      claim: groups\n", "    groups:\n      <<: {claim: groups}\n"),
    "a directive": Change("apiVersion", "%YAML 1.1\n---\napiVersion"),
    "base64 by its tag": Change('prefix: "runai:"\n    groups', "prefix: !!binary cnVuYWk6\n    groups"),
    "anonymous: n": Change("", "anonymous: {enabled: n}\n"),
    "the same file twice": Change("", f"---\n{FILE}"),
    **{f"an extra key {key}": mapping(f'extra: [{{key: "{key}", valueExpression: claims.sub}}]') for key in KEYS},
    "flags: algorithms in two flags": Change("=RS256,ES256", "=RS256\n--oidc-signing-algs=ES256", "flags"),
    "flags: modes in two flags": flag("--authorization-mode=RBAC", "--authorization-mode=Node"),
    "flags: an underscore": flag("--authorization_mode=Node,RBAC"),
    "flags: an empty file": flag("--authentication-config="),
    "a gate that is on": Change("", "---\n--feature-gates=StructuredAuthenticationConfiguration=true\n"),
    "pod: as it is": Change("", "", "pod"),
    "pod: a flag and its value in two words": word("--oidc-required-claim", f"iss={ISSUER}"),
    "pod: a boolean after =": word("--anonymous-auth=false"),
    "pod: arguments": Change("    - --etcd", "    args:\n    - --etcd", "pod"),
    "pod: another container": Change(
        "  containers:\n",
        ("  containers:\n  - name: proxy\n    command: [proxy, --oidc-issuer-url=https://a.b, --oidc-extra=c]\n"),
        "pod",
    ),
    "who decides": Change("", "", "authorization"),
    "who decides, by v1beta1": decides("k8s.io/v1\nkind: Authori", "k8s.io/v1beta1\nkind: Authori"),
}

"""Configurations with secrets in them, in every form that YAML, JSON, a shell and a URL can give them.

A secret is made of marks, each unlike any other text, with whatever between them: a piece of one is seen as well.
"""

import re
from typing import Any

import yaml
from hypothesis import strategies as st

MARK = re.compile(r"Zx[0-9a-f]{6}")
marks = st.integers(0, 0xFFFFFF).map(lambda number: f"Zx{number:06x}")
between = st.text(alphabet=" ,'\"\\:#@/&*[]{}<>|!%?=-+.~`$();\t", max_size=3)
secrets = st.builds(
    lambda first, rest: "".join([first, *(sep + mark for sep, mark in rest)]),
    marks,
    st.lists(st.tuples(between, marks), max_size=2),
)
lines = st.lists(secrets, min_size=2, max_size=3).map("\n".join)
tokens = marks.map(lambda mark: f"eyJ{mark}.{mark}.x")
keys = marks.map(lambda mark: f"-----BEGIN PRIVATE KEY-----\n{mark}\n-----END PRIVATE KEY-----\n")
texts = st.one_of(secrets, secrets, lines, secrets.map(lambda text: f"- {text}"), tokens, keys)
users = st.one_of(marks, st.builds("{}:{}".format, marks, secrets), st.builds("{}:{}%40{}".format, marks, marks, marks))
addresses = st.one_of(
    st.builds("{}://{}@gpu-1.example.com:6443".format, st.sampled_from(["https", "HTTPS", "http"]), users),
    st.builds("https://{}@identity.example.com/auth/realms/runai".format, users),
    st.builds(
        "https://gpu-1.example.com/{}{}{}".format, st.sampled_from(["x?token=", "?", "#", "?a=b#"]), marks, between
    ),
    st.builds("{}@gpu-1.example.com".format, users),
    st.builds("https:{}@gpu-1.example.com".format, users),
)
# What may stand under a key that nobody reads.
hidden = st.one_of(texts, texts.map(lambda text: [text]), st.dictionaries(secrets, texts, max_size=1))
names = st.one_of(secrets, st.just("gpu-1"))

Shape = Any  # a document with strategies in the place of some values


def drawn(shape: Shape) -> st.SearchStrategy[Any]:
    """A strategy for the document. In each mapping may stand one key more, with a secret in it and under it."""
    if isinstance(shape, st.SearchStrategy):
        return shape
    if isinstance(shape, dict):
        fixed = st.fixed_dictionaries({key: drawn(value) for key, value in shape.items()})
        return st.builds(lambda one, more: {**one, **more}, fixed, st.dictionaries(secrets, hidden, max_size=1))
    if isinstance(shape, list):
        return st.tuples(*map(drawn, shape)).map(list)
    return st.just(shape)


def said(form: str, secret: st.SearchStrategy[str] = texts) -> st.SearchStrategy[str]:
    return secret.map(form.format)


ARGS = [
    "get-token",
    said("--oidc-issuer-url={}", addresses),
    "--token",
    texts,
    said("--oidc-client-secret={}"),
    "--client-secret",
    texts,
    said("--password={}"),
    said("--oidc-auth-request-extra-params=login_hint={},resource=runai-gpu-1", marks),
]
ENV = [
    {"name": "TOKEN", "value": texts},
    {"value": texts, "name": texts},
    {"value": addresses, "name": "RUNAI_IDENTITY_SERVER"},
]
CONFIG = {"client-secret": texts, "refresh-token": texts, "id-token": texts, "idp-issuer-url": addresses}
USER = {
    **dict.fromkeys(("token", "tokenFile", "username", "password", "as"), texts),
    **dict.fromkeys(("client-key-data", "client-key", "client-certificate-data"), texts),
    "exec": {"command": texts, "args": ARGS, "env": ENV, "installHint": texts},
    "auth-provider": {"name": texts, "config": CONFIG},
}
CLUSTER = {"server": addresses, "certificate-authority-data": texts, "proxy-url": addresses, "extensions": hidden}
KUBECONFIG = {
    "kind": "Config",
    "clusters": [{"name": names, "cluster": CLUSTER}],
    "users": [{"name": names, "user": USER}],
    "contexts": [{"name": names, "context": {"cluster": names, "user": names, "namespace": texts}}],
    "current-context": names,
    "preferences": hidden,
}

ISSUER = {
    "url": addresses,
    "discoveryURL": addresses,
    "certificateAuthority": texts,
    "audiences": ["a", addresses],
    "clientSecret": texts,
}
MAPPINGS = {
    "username": {"claim": "sub", "expression": said("claims.email == {}")},
    "extra": [{"key": texts, "valueExpression": texts}],
}
AUTHENTICATION = {
    "apiVersion": texts,
    "kind": "AuthenticationConfiguration",
    "jwt": [
        {
            "issuer": ISSUER,
            "claimValidationRules": [{"claim": "hd", "requiredValue": texts}, {"expression": texts, "message": texts}],
            "claimMappings": MAPPINGS,
            "userValidationRules": [{"expression": texts, "message": texts}],
        }
    ],
}

COMMAND = [
    "kube-apiserver",
    said("--oidc-issuer-url={}", addresses),
    "--oidc-client-id=a",
    "--token",
    texts,
    said("--oidc-secret={}"),
    "--oidc-client-secret",
    texts,
    said("--etcd-servers={}", addresses),
    "--oidc-username-claim",
    "sub",
    texts,
]
inner = st.one_of(*map(drawn, (KUBECONFIG, AUTHENTICATION, hidden))).map(yaml.safe_dump)
MANIFESTS: list[Shape] = [
    {"kind": "Pod", "spec": {"containers": [{"command": COMMAND, "env": ENV}]}},
    {"kind": "Secret", "stringData": {"token": texts, "config": inner}, "data": hidden},
    {"kind": "List", "items": [{"kind": "ConfigMap", "data": {"kubeconfig.conf": inner}}, KUBECONFIG]},
    {"apiServer": {"extraArgs": [{"value": texts, "name": "oidc-client-secret"}, {"name": "x", "value": texts}]}},
    {"apiServer": {"extraArgs": {"oidc-client-secret": texts, "oidc-issuer-url": addresses, "token-auth-file": texts}}},
    {"kube-apiserver-arg": [said("oidc-client-secret={}"), said("token={}")], "token": texts, "agent-token": hidden},
    {"Authorization": said("Bearer {}"), "headers": [{"name": "X-Token", "value": texts}]},
]
kubeconfigs, authentications = drawn(KUBECONFIG), drawn(AUTHENTICATION)
manifests = st.one_of(*map(drawn, MANIFESTS))

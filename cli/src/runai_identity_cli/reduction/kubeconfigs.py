"""A kubeconfig: how API servers are reached, and where tokens come from. Not the tokens, keys and names in it."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl

from runai_identity_cli.reduction import values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Form, Redactions

KIND = "Config"
COMMANDS = ("runai-identity", "kubectl")
SERVER_VARIABLE = "RUNAI_IDENTITY_SERVER"
ACCESS_TOKEN_ARGS = ("--oidc-use-access-token", "--oidc-use-access-token=true")
SCOPE_ARG = "--oidc-extra-scope"
SCOPE_BEFORE_AUDIENCE = "audience:server:client_id:"
AUDIENCE_PARAMS = ("resource", "audience")


def _parameters(value: str) -> str:
    """Keep of the sign-in's parameters those that name an audience."""
    pairs = parse_qsl(value.replace(",", "&"))
    return ",".join(f"{key}={values.name(text)}" for key, text in pairs if key in AUDIENCE_PARAMS)


ARGUMENTS: dict[str, Form] = {
    **dict.fromkeys(("--oidc-issuer-url", "--issuer-url", "--issuer", "--server"), values.address),
    **dict.fromkeys(("--oidc-client-id", "--client-id", "--cluster"), values.name),
    **dict.fromkeys(("--audience", "--cluster-audience", "--resource"), values.name),
    **dict.fromkeys(("--oidc-client-secret", "--client-secret"), values.presence),
    **dict.fromkeys(("--oidc-auth-request-extra-params", "--oidc-request-extra-params"), _parameters),
}
PLACES = dict  # keys of a mapping with the form of each


def _authority(value: str) -> str:
    """Tell only whether it is a certificate in base64."""
    try:
        return WITHHELD if b"-----BEGIN CERTIFICATE-----" in b64decode("".join(value.split()), validate=True) else "-"
    except ValueError:
        return "-" if value else ""


def _proxy(value: str) -> str:
    """Return how a proxy is spoken to."""
    scheme = value.partition("://")[0] if "://" in value else ""
    return f"{scheme}://{WITHHELD}" if scheme in ("http", "https", "socks5") else WITHHELD if value else ""


CLUSTER: PLACES[str, Form] = {
    "server": values.address,
    "insecure-skip-tls-verify": values.truth,
    "certificate-authority": values.presence,
    "certificate-authority-data": _authority,
    "proxy-url": _proxy,
}
USER: PLACES[str, Form] = {
    "token": values.presence,
    "tokenFile": values.presence,
    "client-certificate": values.presence,
    "client-certificate-data": values.presence,
    "client-key": values.presence,
    "client-key-data": values.presence,
    "username": values.presence,
    "password": values.presence,
}
PROVIDED: PLACES[str, Form] = {
    "idp-issuer-url": values.address,
    "client-id": values.name,
    "client-secret": values.presence,
}


def _command(value: str) -> str:
    program = value.rpartition("/")[2]
    return program if program in COMMANDS else values.presence(value)


EXEC: PLACES[str, Form] = {"apiVersion": values.version, "command": _command, "interactiveMode": values.letters}


def is_one(root: Item) -> bool:
    return root.text_at("kind") == KIND or (root.at("clusters") is not None and root.at("users") is not None)


def reduced(root: Item, withheld: Redactions) -> Item:
    def name(text: str) -> str:
        return withheld.word(text)

    def entries(item: Item, of: str) -> Item:
        return Item([_mapping(one, {"name": name}, {of: PARTS[of]}) for one in item.items], item.line)

    def context(item: Item) -> Item:
        return _mapping(item, {"cluster": name, "user": name, "namespace": values.presence}, {})

    PARTS: dict[str, Any] = {
        "cluster": lambda item: _mapping(item, CLUSTER, {}),
        "context": context,
        "user": _user,
    }
    kept = {"clusters": "cluster", "contexts": "context", "users": "user"}
    parts = {key: lambda item, of=of: entries(item, of) for key, of in kept.items()}
    return _mapping(root, {"apiVersion": values.version, "kind": values.letters, "current-context": name}, parts)


def _user(item: Item) -> Item:
    return _mapping(item, USER, {"exec": _exec, "auth-provider": _provider})


def _exec(item: Item) -> Item:
    return _mapping(item, EXEC, {"args": _arguments, "env": _variables})


def _provider(item: Item) -> Item:
    return _mapping(item, {}, {"config": lambda config: _mapping(config, PROVIDED, {})})


def _mapping(item: Item, places: PLACES[str, Form], parts: PLACES[str, Any]) -> Item:
    """Return the values of some keys in their forms, and parts in theirs."""
    kept: dict[str, Item] = {}
    for key, child in item.keys.items():
        if key in places:
            kept[key] = Item(places[key](child.text), child.line, child.tag)
        elif key in parts:
            kept[key] = parts[key](child)
    return Item(kept, item.line)


def _variables(item: Item) -> Item:
    named = [one for one in item.items if one.text_at("name") == SERVER_VARIABLE]
    places: PLACES[str, Form] = {"name": str, "value": values.address}
    return Item([_mapping(one, places, {}) for one in named], item.line)


def _arguments(item: Item) -> Item:
    kept: list[Item] = []
    form: Form | None = None  # of the value of the one before
    for arg in item.items:
        name, sign, value = arg.text.partition("=")
        own = ARGUMENTS.get(name)
        said = _audience_or_flag(arg.text) or (f"{name}{sign}{own(value) if sign else ''}" if own else "")
        if not said and form is not None:
            said = form(arg.text) or WITHHELD
        if said:
            kept.append(Item(said, arg.line))
        form = own if own and not sign else None
    return Item(kept, item.line)


def _audience_or_flag(text: str) -> str:
    """One of the arguments that are no name with a value."""
    if text in ACCESS_TOKEN_ARGS:
        return text
    before, sign, audience = text.partition(SCOPE_BEFORE_AUDIENCE)
    return f"{before}{sign}{values.name(audience)}" if sign and before in ("", f"{SCOPE_ARG}=") else ""

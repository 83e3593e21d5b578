"""Two kinds of kubeconfig: the file by which an API server reaches a webhook, and the one people's kubectl reads."""

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import parse_qsl

from clustersync.doctor import webhooks
from clustersync.doctor.documents import Item
from clustersync.doctor.parsed import KubeconfigUser, Parsed, Setting, Webhook, clean
from common.hashes import sha256_of
from common.wording import Wording

REVIEWED = re.compile(r"tokenreview|/api/v1/clusters/|authenticat|webhook", re.IGNORECASE)

SHORTEST_TOKEN = 20

ISSUER_ARGS = ("--oidc-issuer-url", "--issuer-url", "--issuer", "--server")
CLIENT_ARGS = ("--oidc-client-id", "--client-id")
SECRET_ARGS = ("--oidc-client-secret", "--client-secret")
CLUSTER_ARGS = ("--cluster",)
SERVER_VARIABLE = "RUNAI_IDENTITY_SERVER"
ACCESS_TOKEN_ARGS = ("--oidc-use-access-token", "--oidc-use-access-token=true")
SCOPE_ARG = "--oidc-extra-scope"
SCOPE_BEFORE_AUDIENCE = "audience:server:client_id:"
EXTRA_ARGS = ("--oidc-auth-request-extra-params", "--oidc-request-extra-params")
AUDIENCE_ARGS = ("--audience", "--cluster-audience", "--resource")
AUDIENCE_PARAMS = ("resource", "audience")


def read(root: Item) -> Parsed:
    servers = [_server(cluster) for cluster in root.items_of("clusters")]
    if any(server and REVIEWED.search(server.value) for server in servers):
        cluster, user, _ = _in_force(root)
        broken = tuple(webhooks.violations(root, cluster, user))
        return Parsed(recognised=("the webhook's kubeconfig",), webhook=_webhook(root), violations=broken)
    people = tuple(_person(user, root) for user in root.items_of("users"))
    return Parsed(recognised=(Wording("a kubeconfig of people, users: {count}", count=len(people)),), people=people)


def _webhook(root: Item) -> Webhook:
    cluster, user, broken = _in_force(root)
    settings = cluster.at("cluster") if cluster else None
    return Webhook(
        line=root.line,
        server=_server(cluster) if cluster else None,
        credential=_token_kind(user) if user else "none",
        digest=_digest(user) if user else "",
        has_authority=bool(
            settings and (settings.text("certificate-authority") or settings.text("certificate-authority-data"))
        ),
        insecure=_insecure(cluster) if cluster else None,
        broken_context=broken,
    )


def _in_force(root: Item) -> tuple[Item | None, Item | None, Setting | None]:
    """Return the cluster and the user of the current context; what keeps the API server from finding them."""
    clusters, users = root.items_of("clusters"), root.items_of("users")
    current = root.text("current-context")
    where = root.at("current-context")
    context = _named(root.items_of("contexts"), current)
    cluster = _named(clusters, context.text("context", "cluster") if context else "")
    user = _named(users, context.text("context", "user") if context else "")
    if current and context and cluster and user:
        return cluster, user, None
    broken = Setting(clean(current), where.line if where else 0, "current-context: {value}")
    return cluster or (clusters[0] if clusters else None), user or (users[0] if users else None), broken


def _token_kind(user: Item) -> Literal["given", "placeholder", "none"]:
    token = user.text("user", "token").strip()
    if token.startswith("<"):
        return "placeholder"
    return "given" if token or user.text("user", "tokenFile") else "none"


def _digest(user: Item) -> str:
    """Return the digest of the token; the command line sends a placeholder, which is shorter than any token."""
    token = user.text("user", "token").strip()
    return sha256_of(token) if len(token) >= SHORTEST_TOKEN else ""


def _person(user: Item, root: Item) -> KubeconfigUser:
    name = Setting(clean(user.text("name")), user.line, "name: {value}")
    about = user.at("user") or Item({}, user.line)
    context = next((one for one in root.items_of("contexts") if one.text("context", "user") == user.text("name")), None)
    cluster = _named(root.items_of("clusters"), context.text("context", "cluster") if context else "")
    return KubeconfigUser(
        name=name,
        way=_way(about),
        command=about.text("exec", "command").rpartition("/")[2],
        api_version=_setting(about.at("exec", "apiVersion"), "apiVersion"),
        interactive=bool(about.text("exec", "interactiveMode")),
        issuer=_argument(about, ISSUER_ARGS) or _variable(about, SERVER_VARIABLE) or _provided(about, "idp-issuer-url"),
        client_id=_argument(about, CLIENT_ARGS) or _provided(about, "client-id"),
        secret=_hidden(_argument(about, SECRET_ARGS) or _provided(about, "client-secret")),
        audiences=_audiences(about),
        cluster=_argument(about, CLUSTER_ARGS),
        sends_access_token=any(arg.text() in ACCESS_TOKEN_ARGS for arg in about.items_of("exec", "args")),
        token=_hidden(_setting(about.at("token"), "token")),
        certificate=_hidden(
            _setting(about.at("client-certificate-data") or about.at("client-certificate"), "client-certificate-data")
        ),
        server=_server(cluster) if cluster else None,
        insecure=_insecure(cluster) if cluster else None,
    )


def _way(user: Item) -> Literal["exec", "auth-provider", "token", "certificate", "nothing"]:
    if user.at("exec"):
        return "exec"
    if user.at("auth-provider"):
        return "auth-provider"
    if user.text("token") or user.text("tokenFile"):
        return "token"
    has_certificate = user.at("client-certificate-data") or user.at("client-certificate")
    return "certificate" if has_certificate else "nothing"


def _argument(user: Item, names: Sequence[str]) -> Setting | None:
    """Return an argument of the exec plugin: --name=value, or --name and the value as the next."""
    args = user.items_of("exec", "args")
    for index, arg in enumerate(args):
        name, sign, value = arg.text().partition("=")
        if name not in names:
            continue
        if sign:
            return Setting(clean(value), arg.line, f"- {name}={{value}}")
        if index + 1 < len(args):
            return Setting(clean(args[index + 1].text()), args[index + 1].line, "- {value}", f"after {name}")
    return None


def _audiences(user: Item) -> list[Setting]:
    setting = [given] if (given := _argument(user, AUDIENCE_ARGS)) else []
    extra = _argument(user, EXTRA_ARGS)
    if extra:
        for key, value in parse_qsl(extra.value.replace(",", "&")):
            if key in AUDIENCE_PARAMS:
                setting.append(Setting(value, extra.line, extra.template.replace("{value}", f"{key}={{value}}")))
    for arg in user.items_of("exec", "args"):
        before, sign, audience = arg.text().partition(SCOPE_BEFORE_AUDIENCE)
        if sign and before in ("", f"{SCOPE_ARG}="):
            setting.append(Setting(clean(audience), arg.line, f"- {before}{SCOPE_BEFORE_AUDIENCE}{{value}}"))
    return setting


def _variable(user: Item, name: str) -> Setting | None:
    """Return a variable of the environment that the plugin is started with."""
    found = next((one for one in user.items_of("exec", "env") if one.text("name") == name), None)
    return _setting(found.at("value"), "value") if found else None


def _provided(user: Item, key: str) -> Setting | None:
    return _setting(user.at("auth-provider", "config", key), key)


def _server(cluster: Item) -> Setting | None:
    return _setting(cluster.at("cluster", "server"), "server")


def _insecure(cluster: Item) -> Setting | None:
    setting = _setting(cluster.at("cluster", "insecure-skip-tls-verify"), "insecure-skip-tls-verify")
    return setting if setting and setting.value.lower() == "true" else None


def _setting(item: Item | None, key: str) -> Setting | None:
    return Setting(clean(item.text()), item.line, f"{key}: {{value}}") if item and item.text() else None


def _hidden(setting: Setting | None) -> Setting | None:
    return Setting("…", setting.line, setting.template) if setting else None


def _named(items: list[Item], name: str) -> Item | None:
    return next((item for item in items if name and item.text("name") == name), None)

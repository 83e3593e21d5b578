"""The kubeconfig by which an API server asks a webhook: what its form does not allow.

Source: k8s.io/client-go 0.36, tools/clientcmd/validation.go and api/v1/conversion.go.
"""

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import urlsplit

from clustersync.doctor.documents import Item
from clustersync.doctor.issuers import setting_at
from clustersync.doctor.parsed import Setting, Violation, clean
from clustersync.doctor.schema import Shape, types
from common.wording import Wording

RULE = "webhook-form"
CLUSTER: Shape = {
    "server": "text",
    "insecure-skip-tls-verify": "truth",
    "certificate-authority": "text",
    "certificate-authority-data": "text",
    "proxy-url": "text",
    "tls-server-name": "text",
}
USER: Shape = {
    "token": "text",
    "tokenFile": "text",
    "username": "text",
    "password": "text",
    "client-certificate": "text",
    "client-certificate-data": "text",
    "client-key": "text",
    "client-key-data": "text",
}
SHAPE: Shape = {
    "apiVersion": "text",
    "kind": "text",
    "current-context": "text",
    "clusters": [{"name": "text", "cluster": CLUSTER}],
    "users": [{"name": "text", "user": USER}],
    "contexts": [{"name": "text", "context": {"cluster": "text", "user": "text", "namespace": "text"}}],
}
# What stands in for what the command line does not send.
SENT = "…"
PROXIES = ("http", "https", "socks5")


def violations(root: Item, cluster: Item | None, user: Item | None) -> Iterator[Violation]:
    """`cluster` and `user` are those of the current context."""
    for key, wanted in (("apiVersion", "v1"), ("kind", "Config")):
        if root.text(key) not in ("", wanted):
            yield Violation(
                RULE,
                setting_at(root, key),
                f"{key}: {wanted}",
                Wording("A kubeconfig is of {key} {wanted}.", key=key, wanted=wanted),
            )
    for found in types(root, SHAPE, ""):
        yield Violation(RULE, found.found, found.write, found.why)
    for key in ("clusters", "users", "contexts"):
        names = [one.text("name") for one in root.items_of(key)]
        for number, one in enumerate(root.items_of(key)):
            if names[number] in names[:number]:
                said = Setting(clean(names[number]), one.line, "- name: {value}")
                yield Violation(RULE, said, "(remove one of them)", Wording("Two {key} have this name.", key=key))
    if cluster and (settings := cluster.at("cluster")):
        yield from _of_cluster(settings)
    if user and (credentials := user.at("user")):
        yield from _of_user(credentials)


def _of_cluster(settings: Item) -> Iterator[Violation]:
    data = settings.text("certificate-authority-data")
    insecure = settings.text("insecure-skip-tls-verify").lower() == "true"
    if not settings.text("server"):
        yield Violation(RULE, setting_at(settings, "server"), 'server: "https://…"', "It names no server.")
    if insecure and (data or settings.text("certificate-authority")):
        why = "An authority does not go with insecure-skip-tls-verify: true."
        yield Violation(RULE, setting_at(settings, "insecure-skip-tls-verify"), "(remove the line)", why)
    if data and not _is_authority(data):
        said = Setting(SENT, settings.keys["certificate-authority-data"].line, "certificate-authority-data: {value}")
        yield Violation(
            RULE, said, "certificate-authority-data: (base64 of the PEM)", "It is no certificate in base64."
        )
    if (proxy := settings.text("proxy-url")) and _scheme(proxy) not in PROXIES:
        why = Wording("A proxy's address begins with one of {proxies}.", proxies=", ".join(PROXIES))
        yield Violation(RULE, setting_at(settings, "proxy-url"), 'proxy-url: "http://…"', why)


def _of_user(credentials: Item) -> Iterator[Violation]:
    ways = [bool(credentials.text("token") or credentials.text("tokenFile")), bool(credentials.text("username"))]
    if all(ways):
        why = "A token and a user name are two ways to sign in, and there may be one."
        yield Violation(
            RULE, Setting(SENT, _line(credentials, "username"), "username: {value}"), "(remove the line)", why
        )
    has_certificate = any(credentials.text(f"client-certificate{end}") for end in ("", "-data"))
    if has_certificate and not any(credentials.text(f"client-key{end}") for end in ("", "-data")):
        yield Violation(
            RULE,
            None,
            'client-key: "…"',
            "A client's certificate needs its key.",
            Wording("beside {field}", field="client-certificate"),
        )


def _is_authority(data: str) -> bool:
    if data == SENT:
        return True
    try:
        return b"-----BEGIN CERTIFICATE-----" in b64decode("".join(data.split()), validate=True)
    except ValueError:
        return False


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _line(item: Item, key: str) -> int:
    found = item.at(key)
    return found.line if found else 0

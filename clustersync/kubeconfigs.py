"""A kubeconfig for people: how kubectl gets them a token, for one or several clusters in one file. Pure.

Sources: "Client authentication" and "Organizing Cluster Access" in the Kubernetes documentation; docs/usage.md of
int128/kubelogin, which is kubectl oidc-login.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from clustersync.apiserver import ClusterFacts
from common.wording import Wording

EXEC_VERSION = "client.authentication.k8s.io/v1"
# kubelogin has no parameter for an audience where a device asks, only scopes. Dex reads it from one of this form.
AUDIENCE_SCOPE = "audience:server:client_id:"
LEGACY_CLIENT = "runai"

Body = dict[str, object]


class KubeconfigForm(StrEnum):
    EXEC = "exec"
    OIDC_LOGIN = "oidc-login"
    DEVICE_CODE = "device-code"
    TOKEN = "token"  # noqa: S105  the name of a form
    AUTH_PROVIDER = "auth-provider"


class Impossible(Exception):
    """No kubeconfig of this form can be written for a cluster; the text says why."""


@dataclass(frozen=True, kw_only=True)
class KubeconfigOwner:
    """`name` is the e-mail or client id, before the @ in names of contexts; `namespaces` go by the cluster's uuid."""

    name: str
    namespaces: Mapping[str, str] = field(default_factory=dict)


def kubeconfig(clusters: Sequence[ClusterFacts], *, person: KubeconfigOwner, form: KubeconfigForm) -> Body:
    """One context for each cluster, named for the person and the cluster.

    It is current if it is the only one: which of several clusters commands go to is nobody's choice but the person's.
    """
    for facts in clusters:
        _check(facts, form)
    credential = CREDENTIALS[form]
    contexts = [_context(facts, person) for facts in clusters]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": facts.name, "cluster": _cluster(facts)} for facts in clusters],
        "users": [{"name": _name(facts, person), "user": credential(facts, person)} for facts in clusters],
        "contexts": contexts,
        "current-context": contexts[0]["name"] if len(contexts) == 1 else "",
    }


def _check(facts: ClusterFacts, form: KubeconfigForm) -> None:
    if not facts.api_url:
        raise Impossible(
            Wording(
                "Nobody has entered yet by which address people reach {name}. A system administrator does, on its"
                " page.",
                name=facts.name,
            )
        )
    if form == KubeconfigForm.AUTH_PROVIDER and len(facts.audiences) == 1:
        raise Impossible(
            Wording(
                "kubectl's own auth-provider sends the ID token of the client {client}, and {name} accepts"
                " tokens for itself alone. Choose the platform's existing flags for it, or another form.",
                client=LEGACY_CLIENT,
                name=facts.name,
            )
        )


def _name(facts: ClusterFacts, person: KubeconfigOwner) -> str:
    """Name the user and the context: each cluster has an audience, and so a credential, of its own."""
    return f"{person.name}@{facts.name}"


def _context(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    name = _name(facts, person)
    namespace = person.namespaces.get(facts.uuid, "")
    return {
        "name": name,
        "context": {"cluster": facts.name, "user": name, **({"namespace": namespace} if namespace else {})},
    }


def _cluster(facts: ClusterFacts) -> Body:
    authority: Body = {"certificate-authority-data": _base64(facts.api_ca)} if facts.api_ca else {}
    return {"server": facts.api_url, **authority}


def _own_plugin(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    return _exec(
        "runai-identity",
        ["get-token", "--cluster", facts.uuid],
        env={"RUNAI_IDENTITY_SERVER": facts.origin, "RUNAI_IDENTITY_USER": person.name},
        hint=f"Install runai-identity, one file to download and make executable: {facts.origin}/cli/runai-identity",
    )


def _oidc_login(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    """kubelogin repeats the resource neither at the token endpoint nor when it refreshes: there the grant's own is."""
    return _kubelogin(facts, f"--oidc-auth-request-extra-params=resource={facts.audience}")


def _device_code(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    asked = f"--oidc-extra-scope={AUDIENCE_SCOPE}{facts.audience}"
    return _kubelogin(facts, "--grant-type=device-code", "--skip-open-browser", asked)


def _kubelogin(facts: ClusterFacts, *more: str) -> Body:
    authority = [f"--certificate-authority-data={_base64(facts.public_ca)}"] if facts.public_ca else []
    return _exec(
        "kubectl",
        [
            "oidc-login",
            "get-token",
            f"--oidc-issuer-url={facts.issuer}",
            f"--oidc-client-id={facts.client_id}",
            # The ID token says who signed in to a program, and is for that program.
            "--oidc-use-access-token",
            *more,
            # Versions before 1.36 take the tokens of two clusters for the same one, but for the folder.
            f"--token-cache-dir=~/.kube/cache/oidc-login/{facts.audience}",
            *authority,
        ],
        hint="Install kubelogin 1.31 or newer: https://github.com/int128/kubelogin (kubectl krew install oidc-login)",
    )


def _exec(command: str, arguments: list[str], *, hint: str, env: Mapping[str, str] | None = None) -> Body:
    return {
        "exec": {
            "apiVersion": EXEC_VERSION,
            "command": command,
            "args": arguments,
            "env": [{"name": name, "value": value} for name, value in (env or {}).items()],
            "installHint": hint,
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": False,
        }
    }


def _token(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    """Nothing is issued by a download; what stands here says where a token comes from."""
    return {"token": f"<a token made at {facts.origin}/account, or by: runai-identity token --cluster {facts.name}>"}


def _auth_provider(facts: ClusterFacts, person: KubeconfigOwner) -> Body:
    """Return what `runai login` of the platform's older command line reads and fills, and kubectl itself renews."""
    authority: Body = {"idp-certificate-authority-data": _base64(facts.public_ca)} if facts.public_ca else {}
    config: Body = {
        "airgapped": "true",
        "auth-flow": "cli",
        "realm": facts.issuer.rpartition("/")[2],
        "client-id": LEGACY_CLIENT,
        "idp-issuer-url": facts.issuer,
        "redirect-uri": f"{facts.origin}/oauth-code",
        **authority,
    }
    return {"auth-provider": {"name": "oidc", "config": config}}


def _base64(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


CREDENTIALS: dict[KubeconfigForm, Callable[[ClusterFacts, KubeconfigOwner], Body]] = {
    KubeconfigForm.EXEC: _own_plugin,
    KubeconfigForm.OIDC_LOGIN: _oidc_login,
    KubeconfigForm.DEVICE_CODE: _device_code,
    KubeconfigForm.TOKEN: _token,
    KubeconfigForm.AUTH_PROVIDER: _auth_provider,
}

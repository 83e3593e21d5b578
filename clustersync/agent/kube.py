"""The only file that talks to the `kubernetes` client: manifests in and out, its errors as ours."""

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from clustersync.rbac.desired import API_VERSION, GROUP, Manifest, ObjectKey, key_of
from clustersync.rbac.estranged import FIELD_MANAGER
from clustersync.rbac.live import MalformedObject, live_objects

try:
    from kubernetes import client, config
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import kube_config
except ModuleNotFoundError:
    # Only the agent's own programs come by here, and a trace would tell whoever starts one nothing.
    installing = f"{sys.executable} -m pip install -r requirements/agent.txt"
    raise SystemExit(f"The agent needs more than the server does: {installing}") from None

APPLY = "application/apply-patch+yaml"  # JSON is YAML
PAGE = 500
SECONDS = 30  # to connect, and for each piece of an answer
LONGEST_ANSWER = 120  # seconds for all of one
MOST_BYTES = 256 << 20
MOST_PAGES = 2_000
CHUNK = 64 * 1024
STRANGE = "The API server's answer is none that Kubernetes gives. Is its address right, and nothing in between?"
LONGEST_EVENT = 1024  # as Kubernetes has it

logger = logging.getLogger(__name__)

RESOURCES = {
    "ClusterRole": f"clusterroles.{GROUP}",
    "ClusterRoleBinding": f"clusterrolebindings.{GROUP}",
    "RoleBinding": f"rolebindings.{GROUP}",
    "Namespace": "namespaces",
    "Event": "events",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies.admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings.admissionregistration.k8s.io",
}
NOT_THERE = frozenset({("delete", 404), ("delete", 409), ("get", 404)})  # 409: another object by now
# Of the request alone, and not of the API server. 413: larger than a request may be.
OF_ONE_OBJECT = frozenset({400, 409, 413, 422})
OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

# What the authorizer says, and what RBAC says beyond it of who would give more than they hold.
DENIED = re.compile(r'User "([^"]*)" cannot (\w+) resource "\w+"')
GIVING_MORE = "not currently held"
REMEDY = "Apply the agent's manifest again, which holds all that it needs, or add that verb."


class APIServerUnreachable(Exception):
    """The API server doesn't answer, or not in a way that one could go by; try again later."""


class RequestRefused(Exception):
    """The API server said no to one request; the text says to what, and what to do about it."""


class NotConfigured(Exception):
    """The kubeconfig doesn't lead to a cluster; the text says why."""


class Kubernetes:
    """`policy` names the admission policy that is to be there; with its binding it is listed among what is live."""

    def __init__(self, api: Any, policy: str = "") -> None:
        self._policy = policy
        self._admission = client.AdmissionregistrationV1Api(api)
        self._rbac = client.RbacAuthorizationV1Api(api)
        self._core = client.CoreV1Api(api)

    @classmethod
    def by_kubeconfig(cls, file: Path | None, context: str | None = None, policy: str = "") -> "Kubernetes":
        configuration = client.Configuration()
        try:
            files = str(file) if file else kube_config.KUBE_CONFIG_DEFAULT_LOCATION
            read = _read(files, _stamp(files))
            loader = kube_config.KubeConfigLoader(
                read.config, active_context=context, config_base_path=None, config_persister=read.save_changes
            )
            loader.load_and_set(configuration)
        except (config.ConfigException, OSError, ValueError) as error:
            raise NotConfigured(f"The kubeconfig can't be used: {error}") from None
        return cls(client.ApiClient(configuration), policy)

    @classmethod
    def in_cluster(cls, policy: str = "") -> "Kubernetes":
        configuration = client.Configuration()
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException as error:
            raise NotConfigured(f"This is no pod with a service account: {error}") from None
        return cls(client.ApiClient(configuration), policy)

    def live(self) -> list[Manifest]:
        """Return the namespaces, and every RBAC object whoever made it: one that isn't ours may be in our way."""
        lists = {
            "ClusterRole": self._rbac.list_cluster_role,
            "ClusterRoleBinding": self._rbac.list_cluster_role_binding,
            "RoleBinding": self._rbac.list_role_binding_for_all_namespaces,
            "Namespace": self._core.list_namespace,
        }
        listed = [_bare(manifest) for kind, listing in lists.items() for manifest in self._pages(kind, listing)]
        return [*listed, *self._policies()] if self._policy else listed

    def apply(self, manifest: Manifest, *, force: bool) -> None:
        """Server-side apply. Without `force` it takes nothing from another manager of the same object."""
        key = key_of(manifest)
        patch, where = {
            "ClusterRoleBinding": (self._rbac.patch_cluster_role_binding, ()),
            "RoleBinding": (self._rbac.patch_namespaced_role_binding, (key.namespace,)),
        }[key.kind]
        self._ask(
            key,
            "patch",
            patch,
            key.name,
            *where,
            manifest,
            field_manager=FIELD_MANAGER,
            force=force,
            _content_type=APPLY,
        )

    def create_namespace(self, manifest: Manifest) -> None:
        """Create a namespace; RequestRefused if there is one of this name."""
        self._ask(key_of(manifest), "create", self._core.create_namespace, manifest, field_manager=FIELD_MANAGER)

    def delete(self, manifest: Manifest) -> None:
        """Delete that very object: one that was made anew under its name meanwhile stays."""
        key, uid = key_of(manifest), manifest["metadata"].get("uid")
        delete, where = {
            "ClusterRoleBinding": (self._rbac.delete_cluster_role_binding, ()),
            "RoleBinding": (self._rbac.delete_namespaced_role_binding, (key.namespace,)),
        }[key.kind]
        options = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=uid))
        self._ask(key, "delete", delete, key.name, *where, body=options)

    def tell(self, key: ObjectKey, why: str) -> None:
        """Leave an Event in the namespace, of what is bound there; what comes of that is nobody's trouble."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        about = {"apiVersion": API_VERSION, "kind": key.kind, "namespace": key.namespace, "name": key.name}
        event = {
            "metadata": {"generateName": f"{key.name}.", "namespace": key.namespace},
            "involvedObject": about,
            "type": "Warning",
            "reason": "NotBound",
            "message": why[:LONGEST_EVENT],
            "source": {"component": "identity-agent"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            self._ask(
                ObjectKey("Event", key.namespace, ""),
                "create",
                self._core.create_namespaced_event,
                key.namespace,
                event,
            )
        except (RequestRefused, APIServerUnreachable) as error:
            logger.debug("An event in %s could not be left: %s", key.namespace, error)

    def _policies(self) -> Iterator[Manifest]:
        reads = {
            "ValidatingAdmissionPolicy": self._admission.read_validating_admission_policy,
            "ValidatingAdmissionPolicyBinding": self._admission.read_validating_admission_policy_binding,
        }
        for kind, read in reads.items():
            if self._ask(ObjectKey(kind, "", self._policy), "get", read, self._policy):
                yield {"kind": kind, "metadata": {"name": self._policy}}

    def _pages(self, kind: str, listing: Any) -> Iterator[Manifest]:
        following = ""
        for _ in range(MOST_PAGES):
            body = self._ask(ObjectKey(kind, "", ""), "list", listing, limit=PAGE, _continue=following or None)
            try:
                yield from live_objects({**body, "kind": kind})
            except MalformedObject as error:
                raise APIServerUnreachable(f"{STRANGE} Of its {kind}s: {error}") from None
            metadata = body.get("metadata")
            following = str((metadata.get("continue") if isinstance(metadata, dict) else "") or "")
            if not following:
                return
        raise APIServerUnreachable(f"{STRANGE} It lists {kind}s without end.")

    def _ask(self, key: ObjectKey, verb: str, method: Any, *args: Any, **kwargs: Any) -> Any:
        body: bytes | str | None
        try:
            answer = method(*args, **kwargs, _preload_content=False, _request_timeout=SECONDS)
            status, body = answer.status, _bounded(answer)
        except ApiException as error:
            status, body = error.status, error.body
        except (HTTPError, OSError) as error:
            raise APIServerUnreachable(f"The API server can't be reached: {error}") from None
        if status is not None and 200 <= status < 300:
            return _object(body)
        if (verb, status) in NOT_THERE:
            return None
        raise _failure(key, verb, status, _message(body))


def _bounded(answer: Any) -> bytes:
    """Return the body; APIServerUnreachable for one that is longer, or comes more slowly, than any of an API server."""
    ends_at = time.monotonic() + LONGEST_ANSWER
    body = bytearray()
    while chunk := answer.read1(CHUNK):
        body += chunk
        if len(body) > MOST_BYTES or time.monotonic() > ends_at:
            answer.close()
            raise APIServerUnreachable(
                f"{STRANGE} It is longer than {MOST_BYTES >> 20} MB, or takes more than {LONGEST_ANSWER} s."
            )
    return bytes(body)


def _object(body: bytes | str | None) -> dict[str, Any]:
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise APIServerUnreachable(STRANGE)
    return found


def own_namespace() -> str:
    """Return the namespace of the pod with whose service account this runs; empty elsewhere."""
    return OWN_NAMESPACE.read_text().strip() if OWN_NAMESPACE.exists() else ""


def _bare(manifest: Manifest) -> Manifest:
    """Return a namespace by its name and labels alone: what else happens to it concerns nobody here."""
    if manifest["kind"] != "Namespace":
        return manifest
    kept = {name: value for name, value in manifest["metadata"].items() if name in ("name", "labels")}
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": kept}


@lru_cache(maxsize=1)
def _read(files: str, stamp: object) -> Any:
    """Once for all contexts, until it is changed: a thousand of them take half a second."""
    return kube_config.KubeConfigMerger(files)


def _stamp(files: str) -> tuple[tuple[int, int, int], ...]:
    paths = [Path(file).expanduser() for file in files.split(os.pathsep) if file]
    found = [path.stat() for path in paths if path.exists()]
    return tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in found)


def _failure(key: ObjectKey, verb: str, status: int | None, message: str) -> Exception:
    """Return RequestRefused for what the API server said no to, and APIServerUnreachable for any other answer."""
    if status == 403:
        return RequestRefused(_forbidden(key, verb, message))
    if status == 404 and key.namespace:
        return RequestRefused(f"The namespace {key.namespace} does not exist in the cluster yet.")
    if status == 401:
        return RequestRefused("The API server does not know the agent: its own credential has ended or was replaced.")
    # 500 to what is written: an admission webhook for some namespaces doesn't answer.
    if status in OF_ONE_OBJECT or (status == 500 and verb != "list"):
        return RequestRefused(f"The API server refused to {verb} {key.kind} {key.name}: {message}")
    return APIServerUnreachable(f"The API server answered with status {status}: {message}")


def _forbidden(key: ObjectKey, verb: str, message: str) -> str:
    """Without the object's name, so that what lacks for a thousand objects is said once."""
    if denied := DENIED.search(message):
        user, verb = denied.groups()
        return f"The agent ({user}) may not {verb} {RESOURCES[key.kind]}. {REMEDY}"
    if GIVING_MORE in message:
        return f"The agent may not bind the cluster roles of ours (clusterroles.{GROUP}). {REMEDY}"
    return f"The API server forbids to {verb} {RESOURCES[key.kind]}: {message}"


def _message(body: Any) -> str:
    """Return the message of a Kubernetes Status."""
    try:
        said = json.loads(body)
        return " ".join(str(said.get("message", ""))[:400].split()) if isinstance(said, dict) else ""
    except (TypeError, ValueError, RecursionError):
        return ""

"""How kube-apiserver stands on its machine: what it sees of its files, and who may do what there."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from clustersync.doctor.rule import (
    ANYTHING,
    CONFIGURATION,
    FLAGS,
    POD,
    SERVER,
    Case,
    Fault,
    Severity,
    instead,
    missing,
    rule,
    without,
)
from clustersync.doctor.told import Said

FILES = ("authentication-config", "authentication-token-webhook-config-file", "oidc-ca-file", "authorization-config")
OPEN = "AlwaysAllow"
MODES = (OPEN, "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node")
MODE = "|".join(MODES)
# What flags are read as; of the others other rules tell.
VALUES = {
    "anonymous-auth": re.compile(r"1|t|T|true|TRUE|True|0|f|F|false|FALSE|False"),
    "authorization-mode": re.compile(rf"(?:(?P<mode>{MODE})(?!.*\b(?P=mode)\b)(?:,(?!\Z)|\Z))+"),
    "authentication-token-webhook-version": re.compile(r"v1|v1beta1"),
    "oidc-required-claim": re.compile(r"[^=]+=.*", re.DOTALL),
    "oidc-username-claim": re.compile(r".+"),
}


@rule("cluster-disabled", Severity.ERROR, "The cluster is enabled here", given=ANYTHING)
def cluster_disabled(case: Case) -> Fault | None:
    if case.served.enabled:
        return None
    said = Said("disabled", 0, "{value}", f"in the registration of {case.served.cluster} here")
    why = "No tokens are issued for a cluster that is disabled, and what it asks us is answered with no."
    return Fault(said, "(enable the cluster)", why, said.place)


@rule("always-allow", Severity.ERROR, "Not everybody may do everything", given=SERVER)
def always_allow(case: Case) -> Fault | None:
    """It is the default: of a server of which all flags were pasted, the one that is not there says so too."""
    why = "Whoever has a token of any kind may do everything in the cluster: no access rule has a say."
    said = next((said for said in _modes(case) if OPEN in said.value), None)
    if said:
        others = [name for name in said.value.split(",") if name != OPEN]
        return instead(said, ",".join(others) or "Node,RBAC", why)
    told = case.told
    if (
        not any(pod.is_whole for pod in told.pods)
        or told.flag("authorization-mode")
        or told.flag("authorization-config")
    ):
        return None
    return missing(told.missing_flag("authorization-mode", "Node,RBAC"), f"{OPEN} is what it does unless told. {why}")


@rule("rbac", Severity.ERROR, "Role bindings are asked who may do what", given=SERVER)
def rbac(case: Case) -> Fault | None:
    """Where it is told at all who decides."""
    said = list(_modes(case))
    decides = {name.strip() for one in said for name in one.value.split(",")}
    if not said or "RBAC" in decides or OPEN in decides or not decides <= set(MODES):
        return None
    why = "Without RBAC no role binding has a say, and those whom we let in may do nothing by our access rules."
    return instead(said[0], "Node,RBAC" if "," in said[0].value or len(said) == 1 else "RBAC", why)


@rule("flag-value", Severity.ERROR, "kube-apiserver can read the value of every flag", given=FLAGS)
def flag_value(case: Case) -> Fault | None:
    for flag in case.told.flags:
        known = VALUES.get(flag.name)
        if known and not known.fullmatch(flag.said.value.strip("\"'")):
            return Fault(flag.said, f"(mend the value of --{flag.name})", "kube-apiserver does not start with it.")
    if case.told.flag("authorization-config") and (said := case.told.flag("authorization-mode")):
        return without(said, "kube-apiserver does not start with --authorization-mode beside --authorization-config.")
    return None


def _modes(case: Case) -> Iterator[Said]:
    if said := case.told.flag("authorization-mode"):
        yield said
    yield from case.told.authorizers


@rule("file-not-mounted", Severity.ERROR, "The API server's pod sees every file that a flag names", given=POD)
def file_not_mounted(case: Case) -> Fault | None:
    mounts = [mount for pod in case.told.pods for mount in pod.mounts]
    for said in _files(case):
        if not _is_in(said.value, mounts):
            folder = str(PurePosixPath(said.value).parent)
            line = Said(folder, 0, "- {name: runai-identity, mountPath: {value}, readOnly: true}", "under volumeMounts")
            why = f"{said.value} is on the machine, and not in the pod: kube-apiserver does not start without it."
            return missing(line, f"{why} The volume is a hostPath of the same folder.")
    for pod in case.told.pods:
        for said in pod.without_volume:
            why = "It mounts a volume that there is not: the pod does not start."
            return Fault(said, f"- {{name: {said.value}, hostPath: {{path: …}}}}", why, "under volumes")
    return None


def _files(case: Case) -> Iterator[Said]:
    return (said for name in FILES if (said := case.told.flag(name)) and said.value.startswith("/"))


def _is_in(path: str, mounts: Sequence[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(mount) for mount in mounts)


@rule("anonymous-twice", Severity.ERROR, "Anonymous requests are spoken of in one place", given=CONFIGURATION)
def anonymous_twice(case: Case) -> Fault | None:
    flag = case.told.flag("anonymous-auth")
    if case.told.anonymous is None or flag is None:
        return None
    why = "kube-apiserver does not start with --anonymous-auth beside anonymous in the file."
    return Fault(flag, "(remove the flag, or anonymous in the file)", why, flag.place)


@rule(
    "egress-selector-config",
    Severity.WARNING,
    "What the file's egress selector selects is configured",
    given=CONFIGURATION,
)
def egress_selector_config(case: Case) -> Fault | None:
    said = next((entry.egress for entry in case.told.entries if entry.egress and entry.egress.value), None)
    if said is None or case.told.flag("egress-selector-config-file"):
        return None
    why = "kube-apiserver does not start with it unless --egress-selector-config-file says how that network is reached."
    return Fault(said, "(remove the line, or paste that flag too)", why, said.place)


RULES = (cluster_disabled, always_allow, rbac, flag_value, file_not_mounted, anonymous_twice, egress_selector_config)

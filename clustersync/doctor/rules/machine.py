"""Check how kube-apiserver stands on its machine: what it sees of its files, and who may do what there."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from posixpath import normpath
from typing import NamedTuple

from clustersync.doctor.parsed import FILES, LISTS, Parsed, Setting
from clustersync.doctor.rule import (
    ANYTHING,
    CONFIGURATION,
    FLAGS,
    POD,
    SERVER,
    Evidence,
    Fault,
    Severity,
    instead,
    missing,
    rule,
    without,
)
from common.wording import Wording

Version = tuple[int, int]

NAMED_FILES = (*FILES, "oidc-ca-file")
# A mode, and the flag without which kube-apiserver does not start in it.
NEEDED = {"Webhook": "authorization-webhook-config-file", "ABAC": "authorization-policy-file"}


class Gate(NamedTuple):
    """A feature gate: since which version it can't be switched off, since which it is unknown, and what needs it."""

    locked: Version
    gone: Version
    is_needed: Callable[[Parsed], bool]


GATES = {
    "StructuredAuthenticationConfiguration": Gate((1, 34), (1, 37), lambda parsed: parsed.api_version is not None),
    "AnonymousAuthConfigurableEndpoints": Gate((1, 34), (1, 37), lambda parsed: parsed.anonymous is not None),
    "StructuredAuthorizationConfiguration": Gate((1, 32), (1, 36), lambda parsed: parsed.authorization is not None),
}
# The version by which gates are judged where nobody said which one it is.
USUAL_VERSION: Version = (1, 36)
OPEN = "AlwaysAllow"
MODES = (OPEN, "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node")
MODE = "|".join(MODES)
# What flags are read as; of the others other rules tell.
VALUES = {
    "anonymous-auth": re.compile(r"1|t|T|true|TRUE|True|0|f|F|false|FALSE|False"),
    "authorization-mode": re.compile(rf"(?:(?P<mode>{MODE})(?!.*\b(?P=mode)\b)(?:,(?!\Z)|\Z))*"),
    "authentication-token-webhook-version": re.compile(r"v1|v1beta1"),
    "oidc-required-claim": re.compile(r"[^=]+=.*", re.DOTALL),
    "service-account-issuer": re.compile(r".+"),
    "oidc-username-claim": re.compile(r".+"),
}


@rule("cluster-disabled", Severity.ERROR, "The cluster is enabled here", given=ANYTHING)
def cluster_disabled(evidence: Evidence) -> Fault | None:
    if evidence.served.enabled:
        return None
    setting = Setting(
        "disabled", 0, "{value}", Wording("in the registration of {cluster} here", cluster=evidence.served.cluster)
    )
    why = "No tokens are issued for a cluster that is disabled, and what it asks us is answered with no."
    return Fault(setting, "(enable the cluster)", why, setting.place)


@rule("always-allow", Severity.ERROR, "Not everybody may do everything", given=SERVER)
def always_allow(evidence: Evidence) -> Fault | None:
    """It is the default: of a server of which all flags were pasted, the one that is not there says so too."""
    why = Wording("Whoever has a token of any kind may do everything in the cluster: no access rule has a say.")
    setting = next((setting for setting in _modes(evidence) if OPEN in setting.value or not setting.value), None)
    if setting:
        others = [name for name in setting.value.split(",") if name != OPEN]
        return instead(setting, ",".join(others) or "Node,RBAC", why)
    parsed = evidence.parsed
    if (
        not any(pod.is_whole for pod in parsed.pods)
        or parsed.flag("authorization-mode")
        or parsed.flag("authorization-config")
    ):
        return None
    return missing(
        parsed.missing_flag("authorization-mode", "Node,RBAC"),
        Wording("{open} is what it does unless told. {why}", open=OPEN, why=why),
    )


@rule("rbac", Severity.ERROR, "Role bindings are asked who may do what", given=SERVER)
def rbac(evidence: Evidence) -> Fault | None:
    """Check the authorization mode, if the paste sets one."""
    setting = list(_modes(evidence))
    decides = {name.strip() for one in setting for name in one.value.split(",")}
    if not setting or "RBAC" in decides or OPEN in decides or not decides <= set(MODES):
        return None
    why = "Without RBAC no role binding has a say, and those whom we let in may do nothing by our access rules."
    return instead(setting[0], "Node,RBAC" if "," in setting[0].value or len(setting) == 1 else "RBAC", why)


@rule("flag-value", Severity.ERROR, "kube-apiserver can read the value of every flag", given=FLAGS)
def flag_value(evidence: Evidence) -> Fault | None:
    for name, setting in _values(evidence):
        known = VALUES.get(name)
        if known and not known.fullmatch(setting.value.strip("\"'")):
            return Fault(
                setting, Wording("(mend the value of --{name})", name=name), "kube-apiserver does not start with it."
            )
    issuers = [flag.setting for flag in evidence.parsed.flags if flag.name == "service-account-issuer"]
    again = (one for number, one in enumerate(issuers) if one.value in [each.value for each in issuers[:number]])
    if twice := next(again, None):
        return without(twice, "kube-apiserver does not start with the same --service-account-issuer twice.")
    if evidence.parsed.flag("authorization-config") and (mode := evidence.parsed.flag("authorization-mode")):
        return without(mode, "kube-apiserver does not start with --authorization-mode beside --authorization-config.")
    return None


def _values(evidence: Evidence) -> Iterator[tuple[str, Setting]]:
    """Return each flag's value, and of a list the whole of it."""
    for flag in evidence.parsed.flags:
        setting = evidence.parsed.flag(flag.name) if flag.name in LISTS else flag.setting
        if setting:
            yield flag.name, setting


@rule("authorization-file", Severity.ERROR, "The file of every mode of authorization is named", given=FLAGS)
def authorization_file(evidence: Evidence) -> Fault | None:
    setting, parsed = evidence.parsed.flag("authorization-mode"), evidence.parsed
    webhook = next((flag.setting for flag in parsed.flags if flag.name.startswith("authorization-webhook")), None)
    if webhook and parsed.flag("authorization-config"):
        return without(webhook, "kube-apiserver does not start with it beside --authorization-config.")
    for mode, name in NEEDED.items():
        if setting and mode in setting.value.split(",") and not parsed.flag(name):
            path = f"/etc/kubernetes/{name.removesuffix('-file')}.yaml"
            why = Wording(
                "kube-apiserver does not start with the mode {mode} unless this flag names its file.", mode=mode
            )
            return missing(parsed.missing_flag(name, path), why)
    return None


@rule("feature-gate", Severity.ERROR, "kube-apiserver starts with its feature gates", given=FLAGS)
def feature_gate(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag("feature-gates")
    if setting is None:
        return None
    for pair in setting.value.split(","):
        name, _, value = pair.strip().partition("=")
        if why := _stops(name, value, evidence):
            return Fault(setting, Wording("(remove {name})", name=name), why, setting.place)
    return None


def _stops(name: str, value: str, evidence: Evidence) -> str:
    """Return why kube-apiserver does not start with this feature gate; nothing if it does."""
    gate, version = GATES.get(name), evidence.seen.version or USUAL_VERSION
    if gate is None:
        return ""
    if version >= gate.gone:
        since = ".".join(map(str, gate.gone))
        return Wording(
            "kube-apiserver does not start with {name}: since {since} there is no such gate.", name=name, since=since
        )
    if value.lower() not in ("false", "f", "0"):
        return ""
    if version >= gate.locked:
        since = ".".join(map(str, gate.locked))
        return Wording(
            "kube-apiserver does not start with {name} switched off: since {since} it always is on.",
            name=name,
            since=since,
        )
    if gate.is_needed(evidence.parsed):
        return Wording("kube-apiserver does not start with {name} switched off: its file needs it.", name=name)
    return ""


def _modes(evidence: Evidence) -> Iterator[Setting]:
    if setting := evidence.parsed.flag("authorization-mode"):
        yield setting
    yield from evidence.parsed.authorizers


@rule("file-not-mounted", Severity.ERROR, "The API server's pod sees every file that a flag names", given=POD)
def file_not_mounted(evidence: Evidence) -> Fault | None:
    mounts = [mount for pod in evidence.parsed.pods for mount in pod.mounts]
    for setting in _files(evidence):
        if not _is_in(setting.value, mounts):
            folder = str(PurePosixPath(normpath(f"/{setting.value.lstrip('/')}")).parent)
            line = Setting(
                folder,
                0,
                "- {name: runai-identity, mountPath: {value}, readOnly: true}",
                Wording("under {path}", path="volumeMounts"),
            )
            why = Wording(
                "{value} is on the machine, and not in the pod: kube-apiserver does not start without it.",
                value=setting.value,
            )
            return missing(line, Wording("{why} The volume is a hostPath of the same folder.", why=why))
    for pod in evidence.parsed.pods:
        for setting in pod.without_volume:
            why = Wording("It mounts a volume that there is not: the pod does not start.")
            return Fault(
                setting,
                f"- {{name: {setting.value}, hostPath: {{path: …}}}}",
                why,
                Wording("under {path}", path="volumes"),
            )
    return None


def _files(evidence: Evidence) -> Iterator[Setting]:
    return (
        setting
        for name in NAMED_FILES
        if (setting := evidence.parsed.flag(name)) and "…" not in setting.value and setting.value
    )


def _is_in(path: str, mounts: Sequence[str]) -> bool:
    """Return whether a path is in a folder. One that is not absolute begins in the root of the program's image."""
    whole = normpath(f"/{path.lstrip('/')}")
    return any(PurePosixPath(whole).is_relative_to(mount) for mount in mounts)


@rule("anonymous-twice", Severity.ERROR, "Anonymous requests are spoken of in one place", given=CONFIGURATION)
def anonymous_twice(evidence: Evidence) -> Fault | None:
    flag = evidence.parsed.flag("anonymous-auth")
    if evidence.parsed.anonymous is None or flag is None:
        return None
    why = "kube-apiserver does not start with --anonymous-auth beside anonymous in the file."
    return Fault(flag, "(remove the flag, or anonymous in the file)", why, flag.place)


@rule(
    "egress-selector-config",
    Severity.WARNING,
    "What the file's egress selector selects is configured",
    given=CONFIGURATION,
)
def egress_selector_config(evidence: Evidence) -> Fault | None:
    setting = next((entry.egress for entry in evidence.parsed.entries if entry.egress and entry.egress.value), None)
    if setting is None or evidence.parsed.flag("egress-selector-config-file"):
        return None
    why = "kube-apiserver does not start with it unless --egress-selector-config-file says how that network is reached."
    return Fault(setting, "(remove the line, or paste that flag too)", why, setting.place)


RULES = (
    cluster_disabled,
    always_allow,
    rbac,
    flag_value,
    file_not_mounted,
    anonymous_twice,
    egress_selector_config,
    authorization_file,
    feature_gate,
)

"""Whether the API server would read it at all."""

from clustersync.apiserver.flags import WEBHOOK_FILE
from clustersync.doctor.rule import (
    ANYTHING,
    CONFIGURATION,
    FLAGS,
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

WAYS = ("oidc-", "authentication-config", "authentication-token-webhook")
GROUP = "apiserver.config.k8s.io/"
# The first minor version that takes each; before it, kube-apiserver does not know the file's kind.
SINCE = {f"{GROUP}v1alpha1": (1, 29), f"{GROUP}v1beta1": (1, 30), f"{GROUP}v1": (1, 34)}


@rule("recognised", Severity.ERROR, "Something kube-apiserver or kubectl reads was pasted", given=ANYTHING)
def recognised(case: Case) -> Fault | None:
    if case.told.recognised or case.told.problems or case.seen.failure is not None:
        return None
    why = (
        "Nothing here is a flag of kube-apiserver about tokens, a static pod's manifest, an AuthenticationConfiguration"
        " or a kubeconfig."
    )
    return missing(Said(case.served.issuer, 0, "--oidc-issuer-url={value}", "for example"), why)


@rule("told-of-us", Severity.ERROR, "The API server is told of us at all", given=SERVER)
def told_of_us(case: Case) -> Fault | None:
    told = case.told
    if case.entry.kind != "nothing" or any(flag.name.startswith(WAYS) for flag in told.flags):
        return None
    why = "It is told of no issuer and of no webhook, and refuses every token of ours."
    if case.served.mode == "webhook":
        return missing(told.missing_flag("authentication-token-webhook-config-file", WEBHOOK_FILE), why)
    if told.api_version:
        return missing(Said(case.served.issuer, 0, 'url: "{value}"', "under jwt[0].issuer"), why)
    return missing(told.missing_flag("oidc-issuer-url", case.served.issuer), why)


@rule("file-not-pasted", Severity.NOTE, "The file of --authentication-config was pasted too", given=FLAGS)
def file_not_pasted(case: Case) -> Fault | None:
    said = case.told.flag("authentication-config")
    if said is None or case.told.api_version:
        return None
    return Fault(said, f"(paste {said.value} too)", "What is in it was not checked.")


@rule("yaml", Severity.ERROR, "The files are valid YAML or JSON", given=ANYTHING)
def yaml(case: Case) -> Fault | None:
    problem = next(iter(case.told.problems), None)
    if problem is None:
        return None
    why = f"It can't be read as YAML: {problem.value}. kube-apiserver would not start with it."
    return Fault(Said("", problem.line), "(mend the line)", why)


@rule("unknown-flag", Severity.ERROR, "kube-apiserver knows every flag", given=FLAGS)
def unknown_flag(case: Case) -> Fault | None:
    said = next(iter(case.told.unknown_flags), None)
    if said is None:
        return None
    return without(said, "kube-apiserver has no such flag, and does not start with one that it doesn't know.")


@rule("duplicate-flag", Severity.WARNING, "No flag is given twice with different values", given=FLAGS)
def duplicate_flag(case: Case) -> Fault | None:
    values: dict[str, str] = {}
    for flag in case.told.flags:
        if flag.name in ("service-account-issuer", "api-audiences", "oidc-required-claim"):
            continue  # which may be given more than once
        if values.setdefault(flag.name, flag.said.value) != flag.said.value:
            return without(flag.said, f"--{flag.name} is given twice. Only the last one counts; leave one of them.")
    return None


@rule("quotes", Severity.ERROR, "No quotes have become part of a value", given=FLAGS)
def quotes(case: Case) -> Fault | None:
    said = next(iter(case.told.quoted), None)
    if said is None:
        return None
    why = "In a manifest no shell takes the quotes away: kube-apiserver is given them as part of the value."
    if "://" in said.value:
        why += " It does not start with such an address."
    return instead(said, said.value.strip("\"'"), why)


@rule("flags-and-file", Severity.ERROR, "--oidc-* flags and --authentication-config are not mixed", given=FLAGS)
def flags_and_file(case: Case) -> Fault | None:
    mixed = case.told.flag("authentication-config") or case.told.api_version
    flag = next((flag for flag in case.told.flags if flag.name.startswith("oidc-")), None)
    if not mixed or flag is None:
        return None
    return without(
        flag.said, "kube-apiserver does not start with both. Leave the file, and remove every --oidc-* flag."
    )


@rule("api-version", Severity.ERROR, "This version of Kubernetes knows the file's apiVersion", given=CONFIGURATION)
def api_version(case: Case) -> Fault | None:
    said, version = case.told.api_version, case.seen.version
    if said is None:
        return None
    since = SINCE.get(said.value)
    if since is None:
        newest = _newest(version)
        return instead(said, newest, f"kube-apiserver knows {', '.join(SINCE)} and nothing else, and does not start.")
    if version is None or since <= version:
        return None
    why = f"Kubernetes {_dotted(version)} does not know it, and does not start; it came with {_dotted(since)}."
    if version < SINCE[f"{GROUP}v1beta1"]:
        return without(said, f"{why} Use the --oidc-* flags there.")
    return instead(said, _newest(version), why)


@rule("unknown-field", Severity.ERROR, "kube-apiserver knows every field of the file", given=CONFIGURATION)
def unknown_field(case: Case) -> Fault | None:
    stops = "The file is read strictly: kube-apiserver does not start with a field that it doesn't know."
    if said := next(iter(case.told.unknown_fields), None):
        return without(said, stops)
    for said, since in case.told.newer_fields:
        if case.seen.version and case.seen.version < since:
            return without(said, f"{said.value} came with Kubernetes {_dotted(since)}. {stops}")
    return None


def _newest(version: tuple[int, int] | None) -> str:
    """That a server of this version takes; of an unknown one, what all since 1.30 take."""
    if version is None:
        return f"{GROUP}v1beta1"
    return max((name for name in SINCE if SINCE[name] <= version), key=lambda name: SINCE[name], default=f"{GROUP}v1")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


RULES = (
    recognised,
    yaml,
    told_of_us,
    file_not_pasted,
    unknown_flag,
    quotes,
    duplicate_flag,
    flags_and_file,
    api_version,
    unknown_field,
)

"""Check whether the API server would read it at all."""

from clustersync.apiserver.flags import WEBHOOK_FILE
from clustersync.doctor.parsed import LISTS, Setting
from clustersync.doctor.rule import (
    ANYTHING,
    CONFIGURATION,
    FLAGS,
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

WAYS = ("oidc-", "authentication-config", "authentication-token-webhook")
GROUP = "apiserver.config.k8s.io/"
# The first minor version that takes each; before it, kube-apiserver does not know the file's kind.
SINCE = {f"{GROUP}v1alpha1": (1, 29), f"{GROUP}v1beta1": (1, 30), f"{GROUP}v1": (1, 34)}


@rule("recognised", Severity.ERROR, "Something kube-apiserver or kubectl reads was pasted", given=ANYTHING)
def recognised(evidence: Evidence) -> Fault | None:
    if evidence.parsed.recognised or evidence.parsed.problems or evidence.seen.failure is not None:
        return None
    why = (
        "Nothing here is a flag of kube-apiserver about tokens, a static pod's manifest, an AuthenticationConfiguration"
        " or a kubeconfig."
    )
    return missing(Setting(evidence.served.issuer, 0, "--oidc-issuer-url={value}", "for example"), why)


@rule("told-of-us", Severity.ERROR, "The API server is told of us at all", given=SERVER)
def told_of_us(evidence: Evidence) -> Fault | None:
    parsed = evidence.parsed
    if evidence.entry.kind != "nothing" or any(flag.name.startswith(WAYS) for flag in parsed.flags):
        return None
    why = "It is told of no issuer and of no webhook, and refuses every token of ours."
    if evidence.served.mode == "webhook":
        return missing(parsed.missing_flag("authentication-token-webhook-config-file", WEBHOOK_FILE), why)
    if parsed.api_version:
        return missing(
            Setting(evidence.served.issuer, 0, 'url: "{value}"', Wording("under {path}", path="jwt[0].issuer")), why
        )
    return missing(parsed.missing_flag("oidc-issuer-url", evidence.served.issuer), why)


@rule("file-not-pasted", Severity.NOTE, "The file of --authentication-config was pasted too", given=FLAGS)
def file_not_pasted(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag("authentication-config")
    if setting is None or evidence.parsed.api_version:
        return None
    return Fault(setting, Wording("(paste {value} too)", value=setting.value), "What is in it was not checked.")


@rule("second-file", Severity.NOTE, "One AuthenticationConfiguration was pasted", given=CONFIGURATION)
def second_file(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.second_file
    if setting is None:
        return None
    why = "kube-apiserver reads one, and of a file the first document alone. This one was not checked."
    return Fault(setting, "(paste it by itself)", why, setting.place)


@rule("yaml", Severity.ERROR, "The files are valid YAML or JSON", given=ANYTHING)
def yaml(evidence: Evidence) -> Fault | None:
    problem = next(iter(evidence.parsed.problems), None)
    if problem is None:
        return None
    why = Wording("It can't be read as YAML: {value}. kube-apiserver would not start with it.", value=problem.value)
    return Fault(Setting("", problem.line), "(mend the line)", why)


@rule("unknown-flag", Severity.ERROR, "kube-apiserver knows every flag", given=FLAGS)
def unknown_flag(evidence: Evidence) -> Fault | None:
    setting = next(iter(evidence.parsed.unknown_flags), None)
    if setting is None:
        return None
    return without(setting, "kube-apiserver has no such flag, and does not start with one that it doesn't know.")


@rule("no-flag", Severity.ERROR, "Every argument is a flag", given=FLAGS)
def no_flag(evidence: Evidence) -> Fault | None:
    setting = next(iter(evidence.parsed.strays), None)
    if setting is None:
        return None
    why = (
        "kube-apiserver takes flags alone, each --name=value in a word of its own, and does not start with anything"
        " else. What is true or false has its value after a =, never after a blank."
    )
    return Fault(setting, "(write --name=value, or remove it)", why, setting.place)


@rule("duplicate-flag", Severity.WARNING, "No flag is given twice with different values", given=FLAGS)
def duplicate_flag(evidence: Evidence) -> Fault | None:
    values: dict[str, str] = {}
    for flag in evidence.parsed.flags:
        if flag.name in LISTS or flag.name in ("service-account-issuer", "oidc-required-claim"):
            continue  # which may be given more than once
        if values.setdefault(flag.name, flag.setting.value) != flag.setting.value:
            return without(
                flag.setting,
                Wording("--{name} is given twice. Only the last one counts; leave one of them.", name=flag.name),
            )
    return None


@rule("quotes", Severity.ERROR, "No quotes have become part of a value", given=FLAGS)
def quotes(evidence: Evidence) -> Fault | None:
    setting = next(iter(evidence.parsed.quoted), None)
    if setting is None:
        return None
    why = Wording("In a manifest no shell takes the quotes away: kube-apiserver is given them as part of the value.")
    if "://" in setting.value:
        why = Wording.joined(" ", (why, Wording("It does not start with such an address.")))
    return instead(setting, setting.value.strip("\"'"), why)


@rule("flags-and-file", Severity.ERROR, "--oidc-* flags and --authentication-config are not mixed", given=FLAGS)
def flags_and_file(evidence: Evidence) -> Fault | None:
    mixed = evidence.parsed.flag("authentication-config") or evidence.parsed.api_version
    flag = next((flag for flag in evidence.parsed.flags if flag.name.startswith("oidc-")), None)
    if not mixed or flag is None:
        return None
    return without(
        flag.setting, "kube-apiserver does not start with both. Leave the file, and remove every --oidc-* flag."
    )


@rule("api-version", Severity.ERROR, "This version of Kubernetes knows the file's apiVersion", given=CONFIGURATION)
def api_version(evidence: Evidence) -> Fault | None:
    setting, version = evidence.parsed.api_version, evidence.seen.version
    if setting is None:
        return None
    since = SINCE.get(setting.value)
    if since is None:
        newest = _newest(version)
        return instead(
            setting,
            newest,
            Wording("kube-apiserver knows {since} and nothing else, and does not start.", since=", ".join(SINCE)),
        )
    if version is None or since <= version:
        return None
    why = Wording(
        "Kubernetes {version} does not know it, and does not start; it came with {since}.",
        version=_dotted(version),
        since=_dotted(since),
    )
    if version < SINCE[f"{GROUP}v1beta1"]:
        return without(setting, Wording("{why} Use the --oidc-* flags there.", why=why))
    return instead(setting, _newest(version), why)


@rule("unknown-field", Severity.ERROR, "kube-apiserver knows every field of the file", given=CONFIGURATION)
def unknown_field(evidence: Evidence) -> Fault | None:
    stops = Wording("The file is read strictly: kube-apiserver does not start with a field that it doesn't know.")
    if setting := next(iter(evidence.parsed.unknown_fields), None):
        return without(setting, stops)
    for setting, since in evidence.parsed.newer_fields:
        if evidence.seen.version and evidence.seen.version < since:
            return without(
                setting,
                Wording(
                    "{value} came with Kubernetes {version}. {stops}",
                    value=setting.value,
                    version=_dotted(since),
                    stops=stops,
                ),
            )
    return None


def _newest(version: tuple[int, int] | None) -> str:
    """Return the newest form that a server of this version takes; for an unknown one, what all since 1.30 take."""
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
    second_file,
    unknown_flag,
    no_flag,
    quotes,
    duplicate_flag,
    flags_and_file,
    api_version,
    unknown_field,
)

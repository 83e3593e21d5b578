"""The issuer, letter by letter: kube-apiserver compares it with what discovery and the tokens say."""

from typing import Literal

from clustersync.doctor.parsed import Setting, address_of
from clustersync.doctor.rule import (
    ANYTHING,
    ENTRY,
    FLAGS,
    DoctorRule,
    Evidence,
    Fault,
    Severity,
    instead,
    missing,
    rule,
)
from common.wording import Wording

Difference = Literal["", "typo", "slash", "case", "scheme", "host", "path"]

NEVER = Wording(
    "It is compared letter by letter: with another the API server never takes our keys, and every token is refused."
)


WELL_KNOWN = "/.well-known/openid-configuration"
STOPS = Wording("With an issuer like that it does not start.")


@rule("served-by-https", Severity.ERROR, "We are served by https", given=ANYTHING)
def served_by_https(evidence: Evidence) -> Fault | None:
    if evidence.served.issuer.startswith("https://"):
        return None
    setting = Setting(evidence.served.origin, 0, "PUBLIC_URL={value}", "in the settings of this service")
    why = "Our own address is http. kube-apiserver trusts no issuer, and sends no webhook token, without https."
    return Fault(setting, setting.writing("https://…"), why, setting.place)


@rule("issuer-missing", Severity.ERROR, "An issuer is named", given=ENTRY)
def issuer_missing(evidence: Evidence) -> Fault | None:
    if evidence.entry.issuer and evidence.entry.issuer.value:
        return None
    setting = evidence.entry.missing("oidc-issuer-url", "issuer.url", evidence.served.issuer)
    return missing(setting, "Without an issuer kube-apiserver does not start, or verifies no token of ours.")


@rule("issuer-typo", Severity.ERROR, "The issuer is an address and nothing else", given=ENTRY)
def issuer_typo(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.issuer
    if setting is None or not setting.value or difference(setting.value, evidence.served.issuer) != "typo":
        return None
    why = (
        Wording("It says url= too. {stops}", stops=STOPS)
        if "url=" in setting.value
        else Wording("There is a blank around it. {never}", never=NEVER)
    )
    return instead(setting, evidence.served.issuer, why)


def _differs(id: str, kind: Difference, title: str, why: str) -> DoctorRule:
    @rule(id, Severity.ERROR, title, given=ENTRY)
    def check(evidence: Evidence) -> Fault | None:
        setting = evidence.entry.issuer
        if setting is None or not setting.value or difference(setting.value, evidence.served.issuer) != kind:
            return None
        return instead(setting, evidence.served.issuer, why)

    return check


def difference(setting: str, ours: str) -> Difference:
    """In what an issuer differs from ours first; quotes around it are another rule's."""
    setting = setting.strip("\"'")
    if setting == ours:
        return ""
    if setting.startswith("url=") or setting.strip() != setting:
        return "typo"
    if not setting.startswith("https://") and not setting.lower().startswith("https://"):
        return "scheme"
    if setting.rstrip("/") == ours.rstrip("/"):
        return "slash"
    if setting.lower().rstrip("/") == ours.lower().rstrip("/"):
        return "case"
    return "path" if address_of(setting) == address_of(ours) else "host"


@rule("service-account-issuer", Severity.ERROR, "The issuer of service accounts is another than ours", given=FLAGS)
def service_account_issuer(evidence: Evidence) -> Fault | None:
    issuers = {evidence.served.issuer, *(entry.issuer.value for entry in evidence.parsed.entries if entry.issuer)}
    same = (flag for flag in evidence.parsed.flags if flag.name == "service-account-issuer")
    setting = next((flag.setting for flag in same if flag.setting.value in issuers), None)
    if setting is None:
        return None
    why = (
        "The cluster would issue tokens in our name, and newer kube-apiservers do not start with the two equal."
        if setting.value == evidence.served.issuer
        else "The cluster would issue tokens in the name of another issuer, and newer kube-apiservers do not start with"
        " the two equal."
    )
    return instead(setting, "https://kubernetes.default.svc.cluster.local", why)


@rule("discovery-typo", Severity.ERROR, "discoveryURL is an address at which we answer", given=ENTRY)
def discovery_typo(evidence: Evidence) -> Fault | None:
    setting, served = evidence.entry.discovery_url, evidence.served
    if setting is None or not setting.value or address_of(setting.value) != address_of(served.origin):
        return None
    if setting.value in (served.discovery_url, f"{served.issuer}{WELL_KNOWN}") or _of_another(evidence, setting.value):
        return None
    if setting.value.rstrip("/") == served.issuer:
        return None  # which is told of as such
    why = "We have nothing at this address: the API server never takes our keys, and every token is refused."
    return instead(setting, served.discovery_url or f"{served.issuer}{WELL_KNOWN}", why)


@rule("discovery-url", Severity.WARNING, "Our keys are looked for at this cluster's own address", given=ENTRY)
def discovery_url(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.entry.discovery_url, evidence.served.discovery_url
    if setting is None or not setting.value or not ours or setting.value == ours:
        return None
    if address_of(setting.value) == address_of(evidence.served.origin) and not _of_another(evidence, setting.value):
        return None
    why = "By this address we know which cluster has fetched our keys. An address of somebody else answers with theirs."
    return instead(setting, ours, why)


def _of_another(evidence: Evidence, url: str) -> bool:
    ours = evidence.served
    return any(ours.discovery_url and url == ours.discovery_url.replace(ours.uuid, uuid) for uuid in ours.other_uuids)


RULES = (
    served_by_https,
    issuer_missing,
    issuer_typo,
    _differs(
        "issuer-scheme",
        "scheme",
        "The issuer begins with https://",
        Wording("kube-apiserver wants https. {stops}", stops=STOPS),
    ),
    _differs(
        "issuer-slash",
        "slash",
        "The issuer ends as ours does, slash or no slash",
        Wording("The slash counts. {never}", never=NEVER),
    ),
    _differs(
        "issuer-case",
        "case",
        "The issuer's letters are as ours",
        Wording("Capital letters count. {never}", never=NEVER),
    ),
    _differs(
        "issuer-host",
        "host",
        "The issuer has our host and port",
        Wording("This is another server's address. {never}", never=NEVER),
    ),
    _differs(
        "issuer-path",
        "path",
        "The issuer has our path and realm",
        Wording("The path or the realm is another. {never}", never=NEVER),
    ),
    service_account_issuer,
    discovery_typo,
    discovery_url,
)

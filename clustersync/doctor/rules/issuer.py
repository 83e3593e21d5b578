"""The issuer, letter by letter: kube-apiserver compares it with what discovery and the tokens say."""

from typing import Literal

from clustersync.doctor.rule import ANYTHING, ENTRY, FLAGS, Case, Fault, Rule, Severity, instead, missing, rule
from clustersync.doctor.told import Said, address_of

Difference = Literal["", "typo", "slash", "case", "scheme", "host", "path"]

NEVER = "It is compared letter by letter: with another the API server never takes our keys, and every token is refused."


WELL_KNOWN = "/.well-known/openid-configuration"
STOPS = "With an issuer like that it does not start."


@rule("served-by-https", Severity.ERROR, "We are served by https", given=ANYTHING)
def served_by_https(case: Case) -> Fault | None:
    if case.served.issuer.startswith("https://"):
        return None
    said = Said(case.served.origin, 0, "PUBLIC_URL={value}", "in the settings of this service")
    why = "Our own address is http. kube-apiserver trusts no issuer, and sends no webhook token, without https."
    return Fault(said, said.writing("https://…"), why, said.place)


@rule("issuer-missing", Severity.ERROR, "An issuer is named", given=ENTRY)
def issuer_missing(case: Case) -> Fault | None:
    if case.entry.issuer and case.entry.issuer.value:
        return None
    said = case.entry.missing("oidc-issuer-url", "issuer.url", case.served.issuer)
    return missing(said, "Without an issuer kube-apiserver does not start, or verifies no token of ours.")


@rule("issuer-typo", Severity.ERROR, "The issuer is an address and nothing else", given=ENTRY)
def issuer_typo(case: Case) -> Fault | None:
    said = case.entry.issuer
    if said is None or not said.value or difference(said.value, case.served.issuer) != "typo":
        return None
    why = f"It says url= too. {STOPS}" if "url=" in said.value else f"There is a blank around it. {NEVER}"
    return instead(said, case.served.issuer, why)


def _differs(id: str, kind: Difference, title: str, why: str) -> Rule:
    @rule(id, Severity.ERROR, title, given=ENTRY)
    def check(case: Case) -> Fault | None:
        said = case.entry.issuer
        if said is None or not said.value or difference(said.value, case.served.issuer) != kind:
            return None
        return instead(said, case.served.issuer, why)

    return check


def difference(said: str, ours: str) -> Difference:
    """In what an issuer differs from ours first; quotes around it are another rule's."""
    said = said.strip("\"'")
    if said == ours:
        return ""
    if said.startswith("url=") or said.strip() != said:
        return "typo"
    if not said.startswith("https://") and not said.lower().startswith("https://"):
        return "scheme"
    if said.rstrip("/") == ours.rstrip("/"):
        return "slash"
    if said.lower().rstrip("/") == ours.lower().rstrip("/"):
        return "case"
    return "path" if address_of(said) == address_of(ours) else "host"


@rule("service-account-issuer", Severity.ERROR, "The issuer of service accounts is another than ours", given=FLAGS)
def service_account_issuer(case: Case) -> Fault | None:
    same = (flag for flag in case.told.flags if flag.name == "service-account-issuer")
    said = next((flag.said for flag in same if flag.said.value == case.served.issuer), None)
    if said is None:
        return None
    why = "The cluster would issue tokens in our name, and newer kube-apiservers do not start with the two equal."
    return instead(said, "https://kubernetes.default.svc.cluster.local", why)


@rule("discovery-typo", Severity.ERROR, "discoveryURL is an address at which we answer", given=ENTRY)
def discovery_typo(case: Case) -> Fault | None:
    said, served = case.entry.discovery_url, case.served
    if said is None or not said.value or address_of(said.value) != address_of(served.origin):
        return None
    if said.value in (served.discovery_url, f"{served.issuer}{WELL_KNOWN}") or _of_another(case, said.value):
        return None
    if said.value.rstrip("/") == served.issuer:
        return None  # which is told of as such
    why = "We have nothing at this address: the API server never takes our keys, and every token is refused."
    return instead(said, served.discovery_url or f"{served.issuer}{WELL_KNOWN}", why)


@rule("discovery-url", Severity.WARNING, "Our keys are looked for at this cluster's own address", given=ENTRY)
def discovery_url(case: Case) -> Fault | None:
    said, ours = case.entry.discovery_url, case.served.discovery_url
    if said is None or not said.value or not ours or said.value == ours:
        return None
    if address_of(said.value) == address_of(case.served.origin) and not _of_another(case, said.value):
        return None
    why = "By this address we know which cluster has fetched our keys. An address of somebody else answers with theirs."
    return instead(said, ours, why)


def _of_another(case: Case, url: str) -> bool:
    ours = case.served
    return any(ours.discovery_url and url == ours.discovery_url.replace(ours.uuid, uuid) for uuid in ours.other_uuids)


RULES = (
    served_by_https,
    issuer_missing,
    issuer_typo,
    _differs("issuer-scheme", "scheme", "The issuer begins with https://", f"kube-apiserver wants https. {STOPS}"),
    _differs("issuer-slash", "slash", "The issuer ends as ours does, slash or no slash", f"The slash counts. {NEVER}"),
    _differs("issuer-case", "case", "The issuer's letters are as ours", f"Capital letters count. {NEVER}"),
    _differs("issuer-host", "host", "The issuer has our host and port", f"This is another server's address. {NEVER}"),
    _differs("issuer-path", "path", "The issuer has our path and realm", f"The path or the realm is another. {NEVER}"),
    service_account_issuer,
    discovery_typo,
    discovery_url,
)

"""Check what each issuer of an AuthenticationConfiguration must say and may not, or kube-apiserver doesn't start.

Source: k8s.io/apiserver 0.36, pkg/apis/apiserver/validation/validation.go.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from cryptography import x509

from clustersync.doctor.documents import Item
from clustersync.doctor.parsed import Setting, Violation, clean
from common.wording import Wording

MATCH_ANY = "MatchAny"
SELECTORS = ("controlplane", "cluster")
LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*\Z")
HOST = re.compile(r"[^\s\"<>\\^`{|}]+")
PATH = re.compile(r"[a-z0-9/\-._~%!$&'()*+,;=:]+\Z")
RESERVED = re.compile(r"(?:.*\.)?(?:k8s|kubernetes)\.io\Z")

Check = Callable[[Item, int], Iterator[Violation]]


def violations(item: Item, index: int) -> Iterator[Violation]:
    for check in CHECKS:
        yield from check(item, index)


def same(issuers: Sequence[Item], key: str) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, item in enumerate(issuers):
        url = item.text("issuer", key)
        if url and url in seen:
            why = "Another item of jwt has the same: each issuer, and each discoveryURL, may stand in one."
            yield Violation(
                "issuer-twice",
                setting_at(item, "issuer", key),
                Wording("(remove {path})", path=f"jwt[{index}]"),
                why,
                index=index,
            )
        seen.add(url)


def _addresses(item: Item, index: int) -> Iterator[Violation]:
    issuer = item.text("issuer", "url")
    if not issuer:
        yield _missing("address", 'url: "https://…"', f"jwt[{index}].issuer", "It names no issuer.", index)
    for key in ("url", "discoveryURL"):
        text = item.text("issuer", key)
        if text and (problem := _problem_of(text)):
            why = Wording("It {problem}. It has to be https, a host, and a path.", problem=problem)
            yield Violation(
                "address",
                setting_at(item, "issuer", key),
                Wording("{key}: (an address, and nothing else)", key=key),
                why,
                index=index,
            )
    discovery = item.text("issuer", "discoveryURL")
    if discovery and discovery.rstrip("/") == issuer.rstrip("/"):
        why = Wording("It is the issuer itself. Where discovery is found by way of the issuer there is no such line.")
        yield Violation("address", setting_at(item, "issuer", "discoveryURL"), "(remove the line)", why, index=index)


def _problem_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        bad_port = parts.port == -1  # or none that can be read, which raises
    except ValueError:
        return Wording("is no address")
    if not HOST.fullmatch(parts.netloc.rpartition("@")[2]) or bad_port:
        return Wording("is no address")
    if parts.scheme != "https":
        return Wording("is not https")
    if "@" in parts.netloc:
        return Wording("has a user")
    return "has a query" if parts.query else "has a fragment" if parts.fragment else ""


def _audiences(item: Item, index: int) -> Iterator[Violation]:
    audiences = item.items_of("issuer", "audiences")
    names = [one.text() for one in audiences]
    for number, one in enumerate(audiences):
        if not names[number] or names[number] in names[:number]:
            why = "An audience stands there twice." if names[number] else "An audience is empty."
            setting = Setting(clean(names[number]), one.line, '- "{value}"')
            yield Violation("audiences", setting, "(remove the line)", why, index=index)
    if not audiences:
        yield _missing("audiences", '- "…"', f"jwt[{index}].issuer.audiences", "It names no audience.", index)
    policy = item.text("issuer", "audienceMatchPolicy")
    if policy not in ("", MATCH_ANY):
        why = Wording("{policy} is the one policy there is.", policy=MATCH_ANY)
        where = setting_at(item, "issuer", "audienceMatchPolicy")
        yield Violation("audiences", where, f'audienceMatchPolicy: "{MATCH_ANY}"', why, index=index)


def _selector(item: Item, index: int) -> Iterator[Violation]:
    value = item.text("issuer", "egressSelectorType")
    if value and value not in SELECTORS:
        why = Wording("It is {selectors}, or not there.", selectors=" or ".join(SELECTORS))
        yield Violation(
            "egress-selector", setting_at(item, "issuer", "egressSelectorType"), "(remove the line)", why, index=index
        )


def _authority(item: Item, index: int) -> Iterator[Violation]:
    pem = item.text("issuer", "certificateAuthority")
    if "-----BEGIN" not in pem:
        return
    try:
        x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        setting = Setting("…", _line(item, "issuer", "certificateAuthority"), "certificateAuthority: {value}")
        why = "It holds no certificate that can be read."
        yield Violation(
            "ca-unreadable", setting, "certificateAuthority: |", why, "with the PEM of our CA under it", index
        )


def _rules(item: Item, index: int) -> Iterator[Violation]:
    for kind in ("claimValidationRules", "userValidationRules"):
        seen: set[tuple[str, str]] = set()
        for number, rule in enumerate(item.items_of(kind)):
            place = Wording("under {path}", path=f"jwt[{index}].{kind}[{number}]")
            by = [key for key in ("claim", "expression") if rule.text(key)]
            for key, write, why in _problems_of_rule(rule, by):
                yield Violation("validation-rule", setting_at(rule, key) if key else None, write, why, place, index)
            names = {(key, rule.text(key)) for key in by}
            if names & seen:
                why = "The same claim or expression stands in another rule already."
                yield Violation("validation-rule", setting_at(rule, by[0]), "(remove the rule)", why, place, index)
            seen |= names


def _problems_of_rule(rule: Item, by: list[str]) -> Iterator[tuple[str, str, str]]:
    if not by:
        yield "", "expression: (what must hold)", "A rule is about a claim, or has an expression."
    elif len(by) == 2:
        yield "claim", "(remove claim, or expression)", "A rule is about a claim or has an expression, not both."
    elif by == ["claim"] and rule.text("message"):
        yield "message", "(remove the line)", "A message goes with an expression alone."
    elif by == ["expression"] and rule.text("requiredValue"):
        yield "requiredValue", "(remove the line)", "A value is required of a claim alone."


def _mappings(item: Item, index: int) -> Iterator[Violation]:
    for name in ("username", "groups", "uid"):
        mapping = item.at("claimMappings", name) or Item({}, item.line, "mapping")
        place = Wording("under {path}", path=f"jwt[{index}].claimMappings.{name}")
        for key, write, why in _problems_of_mapping(mapping, name):
            yield Violation("claim-mapping", setting_at(mapping, key) if key else None, write, why, place, index)


def _problems_of_mapping(mapping: Item, name: str) -> Iterator[tuple[str, str, str]]:
    claim, expression, prefix = mapping.text("claim"), mapping.text("expression"), mapping.at("prefix")
    has_prefix = prefix is not None and prefix.type != "nothing"
    if claim and expression:
        yield "expression", "(remove the line)", "It is made of a claim or of an expression, not both."
    elif name == "username" and not claim and not expression:
        yield "", "claim: (of which names are made)", "A user name has to be made of something."
    elif claim and name != "uid" and not has_prefix:
        yield "", 'prefix: "…"', "With a claim there has to be a prefix, be it an empty one."
    elif expression and has_prefix:
        yield "prefix", "(remove the line)", "With an expression there is no prefix: the expression puts it there."


def _extra(item: Item, index: int) -> Iterator[Violation]:
    seen: set[str] = set()
    for number, one in enumerate(item.items_of("claimMappings", "extra")):
        key = one.text("key")
        place = Wording("under {path}", path=f"jwt[{index}].claimMappings.extra[{number}]")
        if problem := "It stands there twice." if key and key in seen else _problem_of_key(key):
            yield Violation(
                "extra-key", setting_at(one, "key"), "key: (such as example.com/name)", problem, place, index
            )
        if not one.text("valueExpression"):
            yield Violation("extra-key", None, "valueExpression: (its value)", "It has no value.", place, index)
        seen.add(key)


def _problem_of_key(key: str) -> str:
    domain, slash, path = key.partition("/")
    if not slash or not path or not DOMAIN.match(domain):
        return "A key is a domain in small letters, a slash and a name."
    if not PATH.match(path):
        return "A name has small letters, digits and some marks, no capitals and no blank."
    return "Kubernetes keeps k8s.io and kubernetes.io for itself." if RESERVED.match(domain) else ""


def _missing(rule: str, write: str, place: str, why: str, index: int) -> Violation:
    return Violation(rule, None, write, why, Wording("under {path}", path=place), index)


def setting_at(item: Item, *path: str) -> Setting | None:
    found = item.at(*path)
    return Setting(clean(found.text()), found.line, f'{path[-1]}: "{{value}}"') if found else None


def _line(item: Item, *path: str) -> int:
    found = item.at(*path)
    return found.line if found else 0


CHECKS: Sequence[Check] = (_addresses, _audiences, _selector, _authority, _rules, _mappings, _extra)

"""What kube-apiserver 1.30 to 1.36 demands of an AuthenticationConfiguration, re-implemented for tests.

From k8s.io/apiserver: apis/apiserver/v1*/types.go, apis/apiserver/validation/validation.go, authentication/cel. It
imports nothing of what generates them; a system test holds it against a real server.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.clustersync.cel import problems_of

Version = tuple[int, int]
KUBERNETES: Sequence[Version] = tuple((1, minor) for minor in range(30, 37))

# Since which Kubernetes a version of the group is read.
SERVED: Mapping[str, Version] = {
    "apiserver.config.k8s.io/v1beta1": (1, 30),
    "apiserver.config.k8s.io/v1": (1, 34),
}
# Since when a field is known; reading is strict, so that one it doesn't know keeps the API server from starting.
FIELDS: Mapping[str, Mapping[str, Version]] = {
    "": {"apiVersion": (1, 30), "kind": (1, 30), "jwt": (1, 30), "anonymous": (1, 31)},
    "jwt": dict.fromkeys(("issuer", "claimValidationRules", "claimMappings", "userValidationRules"), (1, 30)),
    "issuer": {
        **dict.fromkeys(("url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy"), (1, 30)),
        "egressSelectorType": (1, 34),
    },
    "claimValidationRule": dict.fromkeys(("claim", "requiredValue", "expression", "message"), (1, 30)),
    "claimMappings": dict.fromkeys(("username", "groups", "uid", "extra"), (1, 30)),
    "prefixed": dict.fromkeys(("claim", "prefix", "expression"), (1, 30)),
    "uid": dict.fromkeys(("claim", "expression"), (1, 30)),
    "extra": dict.fromkeys(("key", "valueExpression"), (1, 30)),
    "userValidationRule": dict.fromkeys(("expression", "message"), (1, 30)),
}
MOST_AUTHENTICATORS = 64
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
PATH = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----")


def violations(config: Any, kubernetes: Version) -> list[str]:
    """What this version would refuse to start with; empty when nothing."""
    if not isinstance(config, dict):
        return ["it is no object"]
    return list(_document(config, kubernetes))


def _document(config: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    yield from _unknown("", config, kubernetes)
    since = SERVED.get(config.get("apiVersion", ""))
    if since is None or kubernetes < since:
        yield "apiVersion is not served"
    if config.get("kind") != "AuthenticationConfiguration":
        yield "kind is another"
    authenticators = config.get("jwt") or []
    if len(authenticators) > MOST_AUTHENTICATORS:
        yield "jwt has too many"
    for item in authenticators:
        yield from _authenticator(item, kubernetes)
    for name in ("url", "discoveryURL"):
        values = [value for item in authenticators if (value := item.get("issuer", {}).get(name))]
        if len(values) != len(set(values)):
            yield f"issuer.{name} stands there twice"


def _authenticator(item: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    yield from _unknown("jwt", item, kubernetes)
    yield from _issuer(item.get("issuer", {}), kubernetes)
    yield from _claim_rules(item.get("claimValidationRules", []), kubernetes)
    yield from _mappings(item.get("claimMappings", {}), kubernetes)
    yield from _user_rules(item.get("userValidationRules", []), kubernetes)
    yield from _email(item)


def _issuer(issuer: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    yield from _unknown("issuer", issuer, kubernetes)
    url, discovery = issuer.get("url", ""), issuer.get("discoveryURL", "")
    yield from (f"issuer.url {problem}" for problem in _url(url))
    if discovery:
        yield from (f"issuer.discoveryURL {problem}" for problem in _url(discovery))
        if discovery.rstrip("/") == url.rstrip("/"):
            yield "issuer.discoveryURL is the issuer"
    authority = issuer.get("certificateAuthority", "")
    if authority and not CERTIFICATE.search(authority):
        yield "issuer.certificateAuthority is no PEM"
    yield from _audiences(issuer.get("audiences", []), issuer.get("audienceMatchPolicy", ""))


def _url(url: str) -> Iterator[str]:
    if not url:
        yield "is missing"
        return
    parts = urlsplit(url)
    if parts.scheme != "https":
        yield "is not https"
    if parts.username is not None:
        yield "has a user"
    if parts.query or parts.fragment:
        yield "has a query or a fragment"


def _audiences(audiences: Sequence[str], policy: str) -> Iterator[str]:
    if not audiences or not all(audiences):
        yield "issuer.audiences is empty"
    if len(audiences) != len(set(audiences)):
        yield "issuer.audiences has one twice"
    if policy not in ("", "MatchAny") or (len(audiences) > 1 and policy != "MatchAny"):
        yield "issuer.audienceMatchPolicy is not MatchAny"


def _claim_rules(rules: Sequence[dict[str, Any]], kubernetes: Version) -> Iterator[str]:
    for rule in rules:
        yield from _unknown("claimValidationRule", rule, kubernetes)
        claim, expression = rule.get("claim"), rule.get("expression")
        if bool(claim) == bool(expression):
            yield "a claimValidationRule has not one of claim and expression"
        elif claim and rule.get("message"):
            yield "a claimValidationRule has a message beside claim"
        elif expression and rule.get("requiredValue"):
            yield "a claimValidationRule has requiredValue beside expression"
        yield from _expression(expression, "claims", gives="bool")
    yield from _twice([rule.get("expression") or rule.get("claim") for rule in rules], "a claimValidationRule")


def _mappings(mappings: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    yield from _unknown("claimMappings", mappings, kubernetes)
    username = mappings.get("username", {})
    if not username.get("claim") and not username.get("expression"):
        yield "claimMappings.username is missing"
    yield from _prefixed("username", username, kubernetes)
    yield from _prefixed("groups", mappings.get("groups", {}), kubernetes)
    uid = mappings.get("uid", {})
    yield from _unknown("uid", uid, kubernetes)
    if uid.get("claim") and uid.get("expression"):
        yield "claimMappings.uid has claim and expression"
    yield from _expression(uid.get("expression"), "claims")
    yield from _extra(mappings.get("extra", []), kubernetes)


def _prefixed(name: str, mapping: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    yield from _unknown("prefixed", mapping, kubernetes)
    claim, expression, prefix = mapping.get("claim"), mapping.get("expression"), mapping.get("prefix")
    if claim and expression:
        yield f"claimMappings.{name} has claim and expression"
    if expression and prefix is not None:
        yield f"claimMappings.{name}.prefix stands beside expression"
    if claim and prefix is None:
        yield f"claimMappings.{name}.prefix is missing"
    yield from _expression(expression, "claims")


def _extra(extra: Sequence[dict[str, Any]], kubernetes: Version) -> Iterator[str]:
    for item in extra:
        yield from _unknown("extra", item, kubernetes)
        key = item.get("key", "")
        domain, _, path = key.partition("/")
        if not SUBDOMAIN.fullmatch(domain) or not PATH.fullmatch(path):
            yield "extra.key is no domain-prefixed path"
        if key != key.lower():
            yield "extra.key is not lower case"
        if domain in ("k8s.io", "kubernetes.io") or domain.endswith((".k8s.io", ".kubernetes.io")):
            yield "extra.key is Kubernetes' own"
        if not item.get("valueExpression"):
            yield "extra.valueExpression is missing"
        yield from _expression(item.get("valueExpression"), "claims")
    yield from _twice([item.get("key") for item in extra], "extra.key")


def _user_rules(rules: Sequence[dict[str, Any]], kubernetes: Version) -> Iterator[str]:
    for rule in rules:
        yield from _unknown("userValidationRule", rule, kubernetes)
        if not rule.get("expression"):
            yield "a userValidationRule has no expression"
        yield from _expression(rule.get("expression"), "user", gives="bool")
    yield from _twice([rule.get("expression") for rule in rules], "a userValidationRule")


def _email(item: dict[str, Any]) -> Iterator[str]:
    """Who builds a name of an e-mail must look at whether it was verified."""
    mappings = item.get("claimMappings", {})
    looked_at = [
        mappings.get("username", {}).get("expression", ""),
        *(extra.get("valueExpression", "") for extra in mappings.get("extra", [])),
        *(rule.get("expression", "") for rule in item.get("claimValidationRules", [])),
    ]
    if re.search(r"claims\.email\b", looked_at[0]) and not any("claims.email_verified" in text for text in looked_at):
        yield "claims.email is used without claims.email_verified"


def _expression(expression: str | None, variable: str, *, gives: str = "") -> Iterator[str]:
    if expression:
        yield from (f"CEL: {problem}" for problem in problems_of(expression, variable=variable, gives=gives))


def _unknown(kind: str, item: dict[str, Any], kubernetes: Version) -> Iterator[str]:
    known = FIELDS[kind]
    for name in item:
        if name not in known or kubernetes < known[name]:
            yield f"{name} is not known"


def _twice(values: Sequence[str | None], what: str) -> Iterator[str]:
    given = [value for value in values if value]
    if len(given) != len(set(given)):
        yield f"{what} stands there twice"

"""Check the form of an AuthenticationConfiguration: kube-apiserver does not start with a wrong one."""

from clustersync.doctor.parsed import Violation
from clustersync.doctor.rule import (
    AUTHORIZATION,
    CONFIGURATION,
    WEBHOOK,
    DoctorRule,
    Evidence,
    Fault,
    Given,
    Severity,
    rule,
)

STOPS = "kube-apiserver does not start with it."


def _broken(id: str, title: str, given: Given = CONFIGURATION) -> DoctorRule:
    @rule(id, Severity.ERROR, title, given=given)
    def check(evidence: Evidence) -> Fault | None:
        for found in evidence.parsed.violations:
            if found.rule == id and not _is_told_elsewhere(evidence, found):
                return Fault(found.found, found.write, f"{found.why} {STOPS}", found.place)
        return None

    return check


def _is_told_elsewhere(evidence: Evidence, found: Violation) -> bool:
    """Return True if the rules about names say what to write, too: they do for the issuer that is meant for us."""
    is_ours = evidence.entry.kind == "configuration" and found.index == evidence.entry.index
    return is_ours and found.rule == "claim-mapping" and not found.place.endswith(".uid")


@rule("authorization-not-judged", Severity.WARNING, "Every authorizer can be judged here", given=AUTHORIZATION)
def authorization_not_judged(evidence: Evidence) -> Fault | None:
    said = evidence.parsed.conditions
    if said is None:
        return None
    why = "Whether kube-apiserver starts with these expressions is not judged here. Try it with a real one."
    return Fault(said, "(see for yourself)", why, said.place)


RULES = (
    _broken("kind", "The file says that it is an AuthenticationConfiguration"),
    _broken("json", "JSON is JSON"),
    _broken("key-twice", "No key stands twice in an object"),
    _broken("value-type", "Every value is of the type that its field has"),
    _broken("address", "Addresses are https, a host and a path, and discoveryURL is not the issuer"),
    _broken("issuer-twice", "No issuer stands there twice"),
    _broken("audiences", "Audiences are named, each once, with the one policy there is"),
    _broken("egress-selector", "The egress selector is one of the two there are"),
    _broken("ca-unreadable", "The CA in the file is a certificate"),
    _broken("claim-mapping", "Names are made of a claim with a prefix, or of an expression"),
    _broken("extra-key", "Extra keys are of a domain that is not Kubernetes' own, in small letters"),
    _broken("validation-rule", "A rule is about a claim or has an expression, and stands there once"),
    _broken("anonymous-conditions", "Conditions of anonymous requests come with enabled: true"),
    _broken("authorization-form", "The AuthorizationConfiguration can be read", AUTHORIZATION),
    authorization_not_judged,
    _broken("webhook-form", "The webhook's kubeconfig can be read", WEBHOOK),
)

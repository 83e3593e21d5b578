"""What the form of an AuthenticationConfiguration does not allow: kube-apiserver does not start with any of it."""

from clustersync.doctor.rule import CONFIGURATION, Case, Fault, Rule, Severity, rule
from clustersync.doctor.told import Violation

STOPS = "kube-apiserver does not start with it."


def _broken(id: str, title: str) -> Rule:
    @rule(id, Severity.ERROR, title, given=CONFIGURATION)
    def check(case: Case) -> Fault | None:
        for found in case.told.violations:
            if found.rule == id and not _is_told_elsewhere(case, found):
                return Fault(found.found, found.write, f"{found.why} {STOPS}", found.place)
        return None

    return check


def _is_told_elsewhere(case: Case, found: Violation) -> bool:
    """Of what is meant for us the rules about names say what to write, too."""
    is_ours = case.entry.kind == "configuration" and found.index == case.entry.index
    return is_ours and found.rule == "claim-mapping" and not found.place.endswith(".uid")


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
)

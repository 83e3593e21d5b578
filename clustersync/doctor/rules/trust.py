"""Which signatures it believes, and whose certificate."""

import re

from clustersync.apiserver.flags import CA_FILE
from clustersync.doctor.rule import ENTRY, Case, Fault, Severity, instead, missing, rule
from clustersync.doctor.told import Said

VERIFIED = frozenset(f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512))
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
# What kubeadm, K3s and RKE2 name the CA of the cluster itself.
OWN_CA = re.compile(r"/(pki/ca\.crt|server-ca\.crt|client-ca\.crt|kube-ca\.pem)\Z")


@rule("signing-algs-unknown", Severity.ERROR, "kube-apiserver can verify every algorithm listed", given=ENTRY)
def signing_algs_unknown(case: Case) -> Fault | None:
    said = case.entry.algorithms
    if said is None or (all(name in VERIFIED for name in _names(said)) and ", " not in said.value):
        return None
    return instead(said, _wanted(case), "kube-apiserver does not start: it verifies RS, ES and PS of 256 to 512 alone.")


@rule("signing-algs", Severity.ERROR, "Tokens signed with RS256 are accepted", given=ENTRY)
def signing_algs(case: Case) -> Fault | None:
    said = case.entry.algorithms
    if said is None or "RS256" in _names(said) or any(name not in VERIFIED for name in _names(said)):
        return None
    return instead(said, _wanted(case), "Our tokens are signed with RS256 unless an application says otherwise.")


@rule("signing-algs-too-few", Severity.WARNING, "Tokens signed with every algorithm of ours are accepted", given=ENTRY)
def signing_algs_too_few(case: Case) -> Fault | None:
    entry = case.entry
    if not case.served.knows_groups:
        return None  # the platform's own flags have none, and are kept as they are
    names = _names(entry.algorithms) if entry.algorithms else ["RS256"]
    if entry.kind != "flags" or "RS256" not in names or set(case.served.algorithms) <= set(names):
        return None
    why = "Applications may have their tokens signed with ES256, and those would be refused."
    if entry.algorithms:
        return instead(entry.algorithms, _wanted(case), why)
    return missing(entry.missing("oidc-signing-algs", "", _wanted(case)), why)


@rule("ca-missing", Severity.ERROR, "It trusts the CA that signed our certificate", given=ENTRY)
def ca_missing(case: Case) -> Fault | None:
    entry = case.entry
    if not case.served.authority or entry.authority:
        return None
    why = "Our certificate is signed by a CA of your own. Unless the machine trusts it, the API server can't reach us."
    if entry.kind == "configuration":
        said = Said("|", 0, "certificateAuthority: {value}", f"under jwt[{entry.index}].issuer, with the PEM under it")
        return missing(said, why)
    return missing(entry.missing("oidc-ca-file", "", CA_FILE), why)


@rule("ca-not-inline", Severity.ERROR, "The file holds the CA itself, not its path", given=ENTRY)
def ca_not_inline(case: Case) -> Fault | None:
    entry = case.entry
    if entry.kind != "configuration" or not entry.authority_text or "-----BEGIN" in entry.authority_text:
        return None
    return _inline(
        case, "certificateAuthority wants the PEM text itself, and kube-apiserver does not start with a path."
    )


@rule("ca-other", Severity.ERROR, "The CA in the file is the one that signed our certificate", given=ENTRY)
def ca_other(case: Case) -> Fault | None:
    entry, ours = case.entry, _certificates(case.served.authority)
    if not ours or "-----BEGIN" not in entry.authority_text or ours & _certificates(entry.authority_text):
        return None
    return _inline(case, "Our certificate is signed by another CA: the API server can't fetch our keys.")


@rule("ca-file-of-the-cluster", Severity.WARNING, "The CA file is not the cluster's own", given=ENTRY)
def ca_file_of_the_cluster(case: Case) -> Fault | None:
    said = case.entry.authority
    if case.entry.kind != "flags" or said is None or not OWN_CA.search(said.value):
        return None
    why = (
        "This is the CA of the cluster itself. Unless it has signed our certificate too, the API server can't reach us."
    )
    return instead(said, CA_FILE, why)


@rule("no-guards", Severity.NOTE, "Names that Kubernetes keeps are refused by the file as well", given=ENTRY)
def no_guards(case: Case) -> Fault | None:
    entry = case.entry
    if entry.kind != "configuration" or entry.guards:
        return None
    said = Said(
        "!user.username.startsWith('system:')",
        0,
        '- expression: "{value}"',
        f"under jwt[{entry.index}].userValidationRules",
    )
    return missing(said, "We issue no such name. The rule holds even if we were to make a mistake.")


def _inline(case: Case, why: str) -> Fault:
    """The line that opens the block; a PEM in a line of its own is for the generated file."""
    authority = case.entry.authority
    write = "certificateAuthority: |"
    place = "with the PEM of our CA under it" if case.served.authority else "or no such line: a public CA signed ours"
    return Fault(authority, write, why, place)


def _names(said: Said) -> list[str]:
    return [name.strip() for name in said.value.strip("\"'[]").split(",") if name.strip()]


def _wanted(case: Case) -> str:
    return ",".join(case.served.algorithms)


def _certificates(pem: str) -> set[str]:
    bodies = (part.partition(END)[0] for part in pem.split(BEGIN)[1:])
    return {"".join(body.split()) for body in bodies}


RULES = (
    signing_algs_unknown,
    signing_algs,
    signing_algs_too_few,
    ca_missing,
    ca_not_inline,
    ca_other,
    ca_file_of_the_cluster,
    no_guards,
)

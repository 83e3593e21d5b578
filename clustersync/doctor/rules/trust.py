"""Which signatures it believes, and whose certificate."""

import re

from clustersync.apiserver.authentication_configuration import NO_SYSTEM_USER
from clustersync.apiserver.flags import CA_FILE
from clustersync.doctor.parsed import Setting
from clustersync.doctor.rule import ENTRY, Evidence, Fault, Severity, instead, missing, rule
from common.wording import Wording

VERIFIED = frozenset(f"{family}{bits}" for family in ("RS", "ES", "PS") for bits in (256, 384, 512))
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
# What kubeadm, K3s and RKE2 name the CA of the cluster itself.
OWN_CA = re.compile(r"/(pki/ca\.crt|server-ca\.crt|client-ca\.crt|kube-ca\.pem)\Z")


@rule("signing-algs-unknown", Severity.ERROR, "kube-apiserver can verify every algorithm listed", given=ENTRY)
def signing_algs_unknown(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.algorithms
    if setting is None or all(name in VERIFIED for name in setting.value.strip("\"'[]").split(",")):
        return None
    return instead(
        setting, _wanted(evidence), "kube-apiserver does not start: it verifies RS, ES and PS of 256 to 512 alone."
    )


@rule("signing-algs", Severity.ERROR, "Tokens signed with RS256 are accepted", given=ENTRY)
def signing_algs(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.algorithms
    if setting is None or "RS256" in _names(setting) or any(name not in VERIFIED for name in _names(setting)):
        return None
    return instead(setting, _wanted(evidence), "Our tokens are signed with RS256 unless an application says otherwise.")


@rule("signing-algs-too-few", Severity.WARNING, "Tokens signed with every algorithm of ours are accepted", given=ENTRY)
def signing_algs_too_few(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if not evidence.served.knows_groups:
        return None  # the platform's own flags have none, and are kept as they are
    names = _names(entry.algorithms) if entry.algorithms else ["RS256"]
    if entry.kind != "flags" or "RS256" not in names or set(evidence.served.algorithms) <= set(names):
        return None
    why = "Applications may have their tokens signed with ES256, and those would be refused."
    if entry.algorithms:
        return instead(entry.algorithms, _wanted(evidence), why)
    return missing(entry.missing("oidc-signing-algs", "", _wanted(evidence)), why)


@rule("ca-missing", Severity.ERROR, "It trusts the CA that signed our certificate", given=ENTRY)
def ca_missing(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if not evidence.served.authority or entry.authority:
        return None
    why = "Our certificate is signed by a CA of your own. Unless the machine trusts it, the API server can't reach us."
    if entry.kind == "configuration":
        setting = Setting(
            "|",
            0,
            "certificateAuthority: {value}",
            Wording("under {path}, with the PEM under it", path=f"jwt[{entry.index}].issuer"),
        )
        return missing(setting, why)
    return missing(entry.missing("oidc-ca-file", "", CA_FILE), why)


@rule("ca-not-inline", Severity.ERROR, "The file holds the CA itself, not its path", given=ENTRY)
def ca_not_inline(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if entry.kind != "configuration" or not entry.authority_text or "-----BEGIN" in entry.authority_text:
        return None
    return _inline(
        evidence, "certificateAuthority wants the PEM text itself, and kube-apiserver does not start with a path."
    )


@rule("ca-other", Severity.ERROR, "The CA in the file is the one that signed our certificate", given=ENTRY)
def ca_other(evidence: Evidence) -> Fault | None:
    entry, ours = evidence.entry, _certificates(evidence.served.authority)
    if not ours or "-----BEGIN" not in entry.authority_text or ours & _certificates(entry.authority_text):
        return None
    return _inline(evidence, "Our certificate is signed by another CA: the API server can't fetch our keys.")


@rule("ca-file-of-the-cluster", Severity.WARNING, "The CA file is not the cluster's own", given=ENTRY)
def ca_file_of_the_cluster(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.authority
    if evidence.entry.kind != "flags" or setting is None or not OWN_CA.search(setting.value):
        return None
    why = (
        "This is the CA of the cluster itself. Unless it has signed our certificate too, the API server can't reach us."
    )
    return instead(setting, CA_FILE, why)


@rule("no-guards", Severity.NOTE, "Names that Kubernetes keeps are refused by the file as well", given=ENTRY)
def no_guards(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if entry.kind != "configuration" or entry.guards:
        return None
    setting = Setting(
        NO_SYSTEM_USER,
        0,
        '- expression: "{value}"',
        Wording("under {path}", path=f"jwt[{entry.index}].userValidationRules"),
    )
    return missing(setting, "We issue no such name. The rule holds even if we were to make a mistake.")


def _inline(evidence: Evidence, why: str) -> Fault:
    """Return the line that opens the block; a PEM in a line of its own is for the generated file."""
    authority = evidence.entry.authority
    write = "certificateAuthority: |"
    place = (
        "with the PEM of our CA under it" if evidence.served.authority else "or no such line: a public CA signed ours"
    )
    return Fault(authority, write, why, place)


def _names(setting: Setting) -> list[str]:
    return [name.strip() for name in setting.value.strip("\"'[]").split(",") if name.strip()]


def _wanted(evidence: Evidence) -> str:
    return ",".join(evidence.served.algorithms)


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

"""By which name it knows somebody: the claim, and what is put before it."""

from clustersync.doctor.cel.tokens import reads
from clustersync.doctor.rule import ENTRY, Case, Fault, Severity, instead, missing, rule
from clustersync.doctor.served import OTHER_CLAIMS, TEXT_CLAIMS
from clustersync.doctor.told import Entry, Said

# What kube-apiserver itself grants to names that begin so, or kubeadm does in its clusters.
KEPT = {
    "system:": "Kubernetes keeps names in system: for itself; a group masters would be made cluster administrators.",
    "kubeadm:": "kubeadm keeps names in kubeadm: for itself; its group cluster-admins is made cluster administrator.",
}
UNBOUND = "They are let in under a name that no role binding of ours has, and may nothing."


@rule("username-missing", Severity.ERROR, "The file says what a user name is made of", given=ENTRY)
def username_missing(case: Case) -> Fault | None:
    entry = case.entry
    if entry.kind != "configuration" or entry.username_claim or entry.username_expression:
        return None
    said = entry.missing("", "claimMappings.username.claim", case.served.username_claim)
    return missing(said, "kube-apiserver does not start without it.")


@rule("claim-and-expression", Severity.ERROR, "A name is made of a claim or of an expression, not both", given=ENTRY)
def claim_and_expression(case: Case) -> Fault | None:
    entry = case.entry
    pairs = (
        (entry.username_expression, entry.username_claim or entry.username_prefix),
        (entry.groups_expression, entry.groups_claim or entry.groups_prefix),
    )
    for expression, other in pairs:
        if expression and other:
            why = "kube-apiserver does not start with an expression beside a claim or a prefix. Remove the expression."
            return Fault(expression, other.text, why)
    return None


@rule("username-claim-never-sent", Severity.ERROR, "Our tokens have the claim of the user name", given=ENTRY)
def username_claim_never_sent(case: Case) -> Fault | None:
    said = case.entry.username_claim
    if said is None or said.value in TEXT_CLAIMS:
        return None
    is_other = said.value in OTHER_CLAIMS
    why = f"In our tokens {said.value} is no text" if is_other else f"No token of ours has a claim {said.value}"
    return instead(said, case.served.username_claim, f"{why}: all are refused.")


@rule("email-claim", Severity.ERROR, "The user name is not the claim email", given=ENTRY)
def email_claim(case: Case) -> Fault | None:
    said = case.entry.username_claim
    if said is None or said.value != "email":
        return None
    why = (
        "Applications have no e-mail, and are refused; a token whose email_verified is not true is refused too, and no"
        " prefix is set unless you do. preferred_username has the same address for people."
    )
    return instead(said, case.served.username_claim, why)


@rule("email-expression", Severity.ERROR, "An expression with claims.email asks for email_verified", given=ENTRY)
def email_expression(case: Case) -> Fault | None:
    said = case.entry.username_expression
    looking = ("username", "extra", "claim rule")
    if said is None or not any(one.use == "username" and reads(one.text, "email") for one in case.entry.expressions):
        return None
    if any(one.use in looking and reads(one.text, "email_verified") for one in case.entry.expressions):
        return None
    write = f'claim: "{case.served.username_claim}"'
    why = "kube-apiserver does not start with claims.email alone. Applications have no e-mail, and would be refused."
    return Fault(said, write, why)


@rule("username-claim", Severity.ERROR, "The user name is the claim this cluster is registered with", given=ENTRY)
def username_claim(case: Case) -> Fault | None:
    entry, ours = case.entry, case.served.username_claim
    said = entry.username_claim
    if said is None and entry.kind == "flags" and ours != "sub":
        why = f"Without it the name is sub, an id that says nothing. {UNBOUND}"
        return missing(entry.missing("oidc-username-claim", "", ours), why)
    if said is None or said.value == ours or said.value == "email" or said.value not in TEXT_CLAIMS:
        return None
    return instead(said, ours, f"Names are made of {ours} here, and its role bindings too. {UNBOUND}")


@rule("system-prefix", Severity.ERROR, "No prefix is one that Kubernetes keeps, as system: and kubeadm:", given=ENTRY)
def system_prefix(case: Case) -> Fault | None:
    prefixes = (
        (case.entry.username_prefix, case.served.username_prefix),
        (case.entry.groups_prefix, case.served.groups_prefix),
    )
    for said, ours in prefixes:
        if said and (kept := next((kept for kept in KEPT if said.value.startswith(kept)), "")):
            return instead(said, ours or "runai:", KEPT[kept])
    return None


@rule("username-prefix-missing", Severity.ERROR, "A prefix of user names is given", given=ENTRY)
def username_prefix_missing(case: Case) -> Fault | None:
    entry, ours = case.entry, case.served.username_prefix
    if (
        entry.username_prefix
        or entry.username_expression
        or (entry.kind == "configuration" and not entry.username_claim)
    ):
        return None
    said = entry.missing("oidc-username-prefix", "claimMappings.username.prefix", _written(entry, ours))
    if entry.kind == "configuration":
        return missing(said, "kube-apiserver does not start without it.")
    if _claim(entry) == "email" and not ours:
        return None
    return missing(
        said, f"Without it names begin with the issuer and a #, or with nothing when they are e-mails. {UNBOUND}"
    )


@rule("username-prefix-none", Severity.ERROR, "User names have the prefix of this cluster", given=ENTRY)
def username_prefix_none(case: Case) -> Fault | None:
    said, ours = case.entry.username_prefix, case.served.username_prefix
    if said is None or not ours or said.value not in _none(case.entry):
        return None
    why = f"This switches the prefix off, and names here begin with {ours}. {UNBOUND}"
    return instead(said, ours, why)


@rule("username-prefix", Severity.ERROR, "The prefix of user names is the one of this cluster", given=ENTRY)
def username_prefix(case: Case) -> Fault | None:
    said, ours = case.entry.username_prefix, case.served.username_prefix
    if said is None or said.value in (ours, *_none(case.entry)) or said.value.startswith(tuple(KEPT)):
        return None
    return instead(said, _written(case.entry, ours), f"Names here begin with {ours or 'no prefix'}. {UNBOUND}")


@rule("required-claim", Severity.ERROR, "Only claims are required that our tokens have, as texts", given=ENTRY)
def required_claim(case: Case) -> Fault | None:
    for said in case.entry.required:
        name, _, value = said.value.partition("=")
        if name not in TEXT_CLAIMS:
            what = "has, but not as a text" if name in OTHER_CLAIMS else "has"
            why = f"{name} is required to be a certain text, and no token of ours {what} it: all are refused."
            return _without_rule(said, name, why)
        sample = case.served.sample
        known = sample and "…" not in value and (sample.is_senders or "withheld-" not in value)
        if sample and known and sample.claims.get(name) != value:
            return _without_rule(said, name, f"The token that {sample.person} would get now says another {name}.")
    return None


def _without_rule(said: Said, name: str, why: str) -> Fault:
    return Fault(said, f"(remove the requirement of {name})", why, said.place)


def _none(entry: Entry) -> tuple[str, ...]:
    return ("", "-") if entry.kind == "flags" else ("",)


def _written(entry: Entry, prefix: str) -> str:
    """No prefix is a lone hyphen to the flag, and an empty text in the file."""
    return prefix or ("-" if entry.kind == "flags" else "")


def _claim(entry: Entry) -> str:
    return entry.username_claim.value if entry.username_claim else "sub"


RULES = (
    username_missing,
    claim_and_expression,
    username_claim_never_sent,
    email_claim,
    email_expression,
    username_claim,
    system_prefix,
    username_prefix_missing,
    username_prefix_none,
    username_prefix,
    required_claim,
)

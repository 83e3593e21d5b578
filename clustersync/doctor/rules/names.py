"""Check by which name it knows somebody: the claim, and what is put before it."""

from accounts.names import KEPT_BY_KUBERNETES
from clustersync.doctor.cel.lexer import reads
from clustersync.doctor.parsed import Entry, Setting
from clustersync.doctor.rule import ENTRY, Evidence, Fault, Severity, instead, missing, rule
from clustersync.doctor.served import OTHER_CLAIMS, TEXT_CLAIMS
from common.wording import Wording

# What kube-apiserver itself grants to names that begin so, or kubeadm does in its clusters.
KEPT = {
    KEPT_BY_KUBERNETES: (
        "Kubernetes keeps names in system: for itself; a group masters would be made cluster administrators."
    ),
    "kubeadm:": "kubeadm keeps names in kubeadm: for itself; its group cluster-admins is made cluster administrator.",
}
UNBOUND = Wording("They are let in under a name that no role binding of ours has, and may nothing.")


@rule("username-missing", Severity.ERROR, "The file says what a user name is made of", given=ENTRY)
def username_missing(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if entry.kind != "configuration" or entry.username_claim or entry.username_expression:
        return None
    setting = entry.missing("", "claimMappings.username.claim", evidence.served.username_claim)
    return missing(setting, "kube-apiserver does not start without it.")


@rule("claim-and-expression", Severity.ERROR, "A name is made of a claim or of an expression, not both", given=ENTRY)
def claim_and_expression(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
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
def username_claim_never_sent(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.username_claim
    if setting is None or setting.value in TEXT_CLAIMS:
        return None
    is_other = setting.value in OTHER_CLAIMS
    why = (
        Wording("In our tokens {value} is no text", value=setting.value)
        if is_other
        else Wording("No token of ours has a claim {value}", value=setting.value)
    )
    return instead(setting, evidence.served.username_claim, Wording("{why}: all are refused.", why=why))


@rule("email-claim", Severity.ERROR, "The user name is not the claim email", given=ENTRY)
def email_claim(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.username_claim
    if setting is None or setting.value != "email":
        return None
    why = (
        "Applications have no e-mail, and are refused; a token whose email_verified is not true is refused too, and no"
        " prefix is set unless you do. preferred_username has the same address for people."
    )
    return instead(setting, evidence.served.username_claim, why)


@rule("email-expression", Severity.ERROR, "An expression with claims.email asks for email_verified", given=ENTRY)
def email_expression(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.username_expression
    looking = ("username", "extra", "claim rule")
    if setting is None or not any(
        one.use == "username" and reads(one.text, "email") for one in evidence.entry.expressions
    ):
        return None
    if any(one.use in looking and reads(one.text, "email_verified") for one in evidence.entry.expressions):
        return None
    write = f'claim: "{evidence.served.username_claim}"'
    why = "kube-apiserver does not start with claims.email alone. Applications have no e-mail, and would be refused."
    return Fault(setting, write, why)


@rule("username-claim", Severity.ERROR, "The user name is the claim this cluster is registered with", given=ENTRY)
def username_claim(evidence: Evidence) -> Fault | None:
    entry, ours = evidence.entry, evidence.served.username_claim
    setting = entry.username_claim
    if setting is None and entry.kind == "flags" and ours != "sub":
        why = Wording("Without it the name is sub, an id that says nothing. {unbound}", unbound=UNBOUND)
        return missing(entry.missing("oidc-username-claim", "", ours), why)
    if setting is None or setting.value == ours or setting.value == "email" or setting.value not in TEXT_CLAIMS:
        return None
    return instead(
        setting,
        ours,
        Wording("Names are made of {ours} here, and its role bindings too. {unbound}", ours=ours, unbound=UNBOUND),
    )


@rule("system-prefix", Severity.ERROR, "No prefix is one that Kubernetes keeps, as system: and kubeadm:", given=ENTRY)
def system_prefix(evidence: Evidence) -> Fault | None:
    prefixes = (
        (evidence.entry.username_prefix, evidence.served.username_prefix),
        (evidence.entry.groups_prefix, evidence.served.groups_prefix),
    )
    for setting, ours in prefixes:
        if setting and (kept := next((kept for kept in KEPT if setting.value.startswith(kept)), "")):
            return instead(setting, ours or "runai:", KEPT[kept])
    return None


@rule("username-prefix-missing", Severity.ERROR, "A prefix of user names is given", given=ENTRY)
def username_prefix_missing(evidence: Evidence) -> Fault | None:
    entry, ours = evidence.entry, evidence.served.username_prefix
    if (
        entry.username_prefix
        or entry.username_expression
        or (entry.kind == "configuration" and not entry.username_claim)
    ):
        return None
    setting = entry.missing("oidc-username-prefix", "claimMappings.username.prefix", _written(entry, ours))
    if entry.kind == "configuration":
        return missing(setting, "kube-apiserver does not start without it.")
    if _claim(entry) == "email" and not ours:
        return None
    return missing(
        setting,
        Wording(
            "Without it names begin with the issuer and a #, or with nothing when they are e-mails. {unbound}",
            unbound=UNBOUND,
        ),
    )


@rule("username-prefix-none", Severity.ERROR, "User names have the prefix of this cluster", given=ENTRY)
def username_prefix_none(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.entry.username_prefix, evidence.served.username_prefix
    if setting is None or not ours or setting.value not in _none(evidence.entry):
        return None
    why = Wording(
        "This switches the prefix off, and names here begin with {ours}. {unbound}", ours=ours, unbound=UNBOUND
    )
    return instead(setting, ours, why)


@rule("username-prefix", Severity.ERROR, "The prefix of user names is the one of this cluster", given=ENTRY)
def username_prefix(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.entry.username_prefix, evidence.served.username_prefix
    if setting is None or setting.value in (ours, *_none(evidence.entry)) or setting.value.startswith(tuple(KEPT)):
        return None
    return instead(
        setting,
        _written(evidence.entry, ours),
        Wording("Names here begin with {ours}. {unbound}", ours=ours or Wording("no prefix"), unbound=UNBOUND),
    )


@rule("required-claim", Severity.ERROR, "Only claims are required that our tokens have, as texts", given=ENTRY)
def required_claim(evidence: Evidence) -> Fault | None:
    for setting in evidence.entry.required:
        name, _, value = setting.value.partition("=")
        if name not in TEXT_CLAIMS:
            why = (
                Wording(
                    "{name} is required to be a certain text, and no token of ours has, but not as a text it: "
                    "all are refused.",
                    name=name,
                )
                if name in OTHER_CLAIMS
                else Wording(
                    "{name} is required to be a certain text, and no token of ours has it: all are refused.", name=name
                )
            )
            return _without_rule(setting, name, why)
        sample = evidence.served.sample
        known = sample and "…" not in value and (sample.is_senders or "withheld-" not in value)
        if sample and known and sample.claims.get(name) != value:
            return _without_rule(
                setting,
                name,
                Wording("The token that {person} would get now says another {name}.", person=sample.person, name=name),
            )
    return None


def _without_rule(setting: Setting, name: str, why: str) -> Fault:
    return Fault(setting, Wording("(remove the requirement of {name})", name=name), why, setting.place)


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

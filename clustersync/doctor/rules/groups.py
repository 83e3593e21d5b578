"""Which groups it believes somebody to be in. An unprefixed group makes administrators of whom it names so."""

from clustersync.doctor.rule import ENTRY, GROUPS, Evidence, Fault, Severity, instead, missing, rule, without
from clustersync.doctor.rules.names import KEPT
from common.wording import Wording

MOST_NAMED = 20


@rule("groups-unprefixed", Severity.ERROR, "Groups have a prefix, so that none is system:masters", given=ENTRY)
def groups_unprefixed(evidence: Evidence) -> Fault | None:
    entry, ours = evidence.entry, evidence.served.groups_prefix or "runai:"
    if entry.groups_claim is None or (entry.groups_prefix and entry.groups_prefix.value):
        return None
    why = (
        "Groups without a prefix are taken by their bare names: whoever is in one named system:masters is cluster"
        " administrator, past all RBAC."
    )
    if entry.groups_prefix:
        return instead(entry.groups_prefix, ours, why)
    return missing(entry.missing("oidc-groups-prefix", "claimMappings.groups.prefix", ours), why)


@rule("groups-prefix", Severity.ERROR, "The prefix of groups is the one of this cluster", given=ENTRY)
def groups_prefix(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.entry.groups_prefix, evidence.served.groups_prefix
    if setting is None or not setting.value or setting.value == ours or setting.value.startswith(tuple(KEPT)):
        return None
    if not evidence.served.knows_groups:
        return None
    return instead(
        setting, ours, Wording("Groups here begin with {ours}. Their role bindings are for other names.", ours=ours)
    )


@rule("groups-claim-missing", Severity.ERROR, "It is told where the groups are", given=ENTRY)
def groups_claim_missing(evidence: Evidence) -> Fault | None:
    entry = evidence.entry
    if not evidence.served.knows_groups or entry.groups_claim or entry.groups_expression:
        return None
    setting = entry.missing("oidc-groups-claim", "claimMappings.groups.claim", evidence.served.groups_claim)
    return missing(setting, "Without it nobody is in any group, and what roles give to groups nobody may.")


@rule("groups-claim", Severity.ERROR, "The groups are in the claim groups", given=ENTRY)
def groups_claim(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.entry.groups_claim, evidence.served.groups_claim or "groups"
    if setting is None or setting.value == ours:
        return None
    return instead(
        setting,
        ours,
        Wording(
            "Our tokens name groups in {ours} alone. With {value} they are other names, or none.",
            ours=ours,
            value=setting.value,
        ),
    )


@rule("groups-not-expected", Severity.WARNING, "It reads groups only where it is registered to", given=ENTRY)
def groups_not_expected(evidence: Evidence) -> Fault | None:
    setting = evidence.entry.groups_claim
    if setting is None or evidence.served.knows_groups:
        return None
    return without(
        setting, "This cluster is registered with the platform's existing flags, by which it knows no groups."
    )


@rule("groups-left-out", Severity.WARNING, "The token of the person named has room for their groups", given=GROUPS)
def groups_left_out(evidence: Evidence) -> Fault | None:
    sample = evidence.served.sample
    if sample is None or not sample.left_out:
        return None
    named = ", ".join(sample.left_out[:MOST_NAMED])
    more = (
        Wording(" and {more} more", more=len(sample.left_out) - MOST_NAMED) if len(sample.left_out) > MOST_NAMED else ""
    )
    why = Wording(
        "The token of {person} does not name {named}{more}, because it would be too large. "
        "This API server reads groups in tokens, so rules for those give them nothing here.",
        person=sample.person,
        named=named,
        more=more,
    )
    return Fault(None, "(take them out of groups that they do not need, or make rules for them by e-mail)", why)


RULES = (groups_unprefixed, groups_prefix, groups_claim_missing, groups_claim, groups_not_expected, groups_left_out)

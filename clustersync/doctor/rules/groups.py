"""Which groups it believes somebody to be in. An unprefixed group makes administrators of whom it names so."""

from clustersync.doctor.rule import ENTRY, Case, Fault, Severity, instead, missing, rule, without
from clustersync.doctor.rules.names import KEPT


@rule("groups-unprefixed", Severity.ERROR, "Groups have a prefix, so that none is system:masters", given=ENTRY)
def groups_unprefixed(case: Case) -> Fault | None:
    entry, ours = case.entry, case.served.groups_prefix or "runai:"
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
def groups_prefix(case: Case) -> Fault | None:
    said, ours = case.entry.groups_prefix, case.served.groups_prefix
    if said is None or not said.value or said.value == ours or said.value.startswith(tuple(KEPT)):
        return None
    if not case.served.knows_groups:
        return None
    return instead(said, ours, f"Groups here begin with {ours}. Their role bindings are for other names.")


@rule("groups-claim-missing", Severity.ERROR, "It is told where the groups are", given=ENTRY)
def groups_claim_missing(case: Case) -> Fault | None:
    entry = case.entry
    if not case.served.knows_groups or entry.groups_claim or entry.groups_expression:
        return None
    said = entry.missing("oidc-groups-claim", "claimMappings.groups.claim", case.served.groups_claim)
    return missing(said, "Without it nobody is in any group, and what roles give to groups nobody may.")


@rule("groups-claim", Severity.ERROR, "The groups are in the claim groups", given=ENTRY)
def groups_claim(case: Case) -> Fault | None:
    said, ours = case.entry.groups_claim, case.served.groups_claim or "groups"
    if said is None or said.value == ours:
        return None
    return instead(
        said, ours, f"Our tokens name groups in {ours} alone. With {said.value} they are other names, or none."
    )


@rule("groups-not-expected", Severity.WARNING, "It reads groups only where it is registered to", given=ENTRY)
def groups_not_expected(case: Case) -> Fault | None:
    said = case.entry.groups_claim
    if said is None or case.served.knows_groups:
        return None
    return without(said, "This cluster is registered with the platform's existing flags, by which it knows no groups.")


RULES = (groups_unprefixed, groups_prefix, groups_claim_missing, groups_claim, groups_not_expected)

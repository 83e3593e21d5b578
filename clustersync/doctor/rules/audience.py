"""Whose tokens it takes: those for this cluster, and no other's."""

from clustersync.doctor.rule import ENTRY, FLAGS, Case, Fault, Severity, instead, missing, rule, without
from clustersync.doctor.told import Said


@rule("audience-missing", Severity.ERROR, "An audience (client id) is named", given=ENTRY)
def audience_missing(case: Case) -> Fault | None:
    if case.entry.audiences:
        return None
    said = _ours(case)
    return missing(said, "Without an audience kube-apiserver does not start, or takes no token.")


@rule("audience-of-another-cluster", Severity.ERROR, "No audience is another cluster's", given=ENTRY)
def audience_of_another_cluster(case: Case) -> Fault | None:
    for said in case.entry.audiences:
        if name := case.served.other_audiences.get(said.value):
            why = f"This is the audience of {name}: tokens for this cluster are refused, and those for {name} accepted."
            return instead(said, _wanted(case), why)
    return None


@rule("audience-of-the-api", Severity.ERROR, "No audience is that of the control plane's API", given=ENTRY)
def audience_of_the_api(case: Case) -> Fault | None:
    for said in case.entry.audiences:
        if said.value == case.served.api_audience:
            why = "Tokens for the API would be sent there, and whoever holds this cluster could use them at the API."
            return instead(said, _wanted(case), why)
    return None


@rule("audience-shared", Severity.ERROR, "The shared audience alone is not all that is accepted", given=ENTRY)
def audience_shared(case: Case) -> Fault | None:
    served = case.served
    if served.accepts_shared_audience or [said.value for said in case.entry.audiences] != [served.shared_audience]:
        return None
    why = (
        f"Tokens for {served.cluster} say {served.audience}, and it would refuse them. The shared audience is for"
        " clusters that are registered so."
    )
    return instead(case.entry.audiences[0], served.audience, why)


@rule("audience-shared-too", Severity.WARNING, "Tokens for other clusters are of no use here", given=ENTRY)
def audience_shared_too(case: Case) -> Fault | None:
    shared = next((said for said in case.entry.audiences if said.value == case.served.shared_audience), None)
    if shared is None or case.served.accepts_shared_audience or len(case.entry.audiences) < 2:
        return None
    return without(
        shared, "It also takes tokens for clusters with the platform's flags, though it is not registered so."
    )


@rule("audience-unknown", Severity.ERROR, "One of the audiences is this cluster's", given=ENTRY)
def audience_unknown(case: Case) -> Fault | None:
    served = case.served
    shared = {served.shared_audience, served.api_audience}
    values = {said.value.strip("\"'") for said in case.entry.audiences}
    if not values or served.audience in values or values & shared or values & served.other_audiences.keys():
        return None
    return instead(case.entry.audiences[0], _wanted(case), "No token of ours says this audience: all are refused.")


@rule("audience-match-policy", Severity.ERROR, "Several audiences come with MatchAny", given=ENTRY)
def audience_match_policy(case: Case) -> Fault | None:
    entry, policy = case.entry, case.entry.match_policy
    if entry.kind != "configuration" or len(entry.audiences) < 2 or (policy and policy.value == "MatchAny"):
        return None
    why = "With more than one audience kube-apiserver does not start unless told that any of them will do."
    if policy:
        return instead(policy, "MatchAny", why)
    return missing(Said("MatchAny", 0, "audienceMatchPolicy: {value}", f"under jwt[{entry.index}].issuer"), why)


@rule("api-audiences", Severity.NOTE, "--api-audiences is about the cluster's own tokens", given=FLAGS)
def api_audiences(case: Case) -> Fault | None:
    said = case.told.flag("api-audiences")
    if said is None or case.served.audience not in said.value.split(","):
        return None
    why = (
        "It has no say in whether our tokens are accepted, and with our audience in it the cluster's service accounts"
        " can have tokens made that say it."
    )
    rest = [name for name in said.value.split(",") if name != case.served.audience]
    return instead(said, ",".join(rest), why) if rest else without(said, why)


@rule("anonymous-auth", Severity.NOTE, "Requests without a token are not answered", given=FLAGS)
def anonymous_auth(case: Case) -> Fault | None:
    said = case.told.flag("anonymous-auth")
    if said is None or said.value.lower() != "true":
        return None
    why = (
        "Who sends no token is system:anonymous, and gets what that may. kubeadm needs it for its probes; so look at"
        " the role bindings of system:anonymous and system:unauthenticated."
    )
    return instead(said, "false", why)


def _ours(case: Case) -> Said:
    if case.entry.kind == "configuration":
        return Said(case.served.audience, 0, '- "{value}"', f"under jwt[{case.entry.index}].issuer.audiences")
    return case.entry.missing("oidc-client-id", "", _wanted(case))


def _wanted(case: Case) -> str:
    """Flags have room for one audience only."""
    return case.served.audience if case.entry.kind == "configuration" else case.served.oidc_client_id


RULES = (
    audience_missing,
    audience_of_another_cluster,
    audience_of_the_api,
    audience_shared,
    audience_shared_too,
    audience_unknown,
    audience_match_policy,
    api_audiences,
    anonymous_auth,
)

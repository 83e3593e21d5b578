"""Check whose tokens it takes: those for this cluster, and no other's."""

from clustersync.doctor.parsed import Setting
from clustersync.doctor.rule import ENTRY, FLAGS, Evidence, Fault, Severity, instead, missing, rule, without
from common.wording import Wording


@rule("audience-missing", Severity.ERROR, "An audience (client id) is named", given=ENTRY)
def audience_missing(evidence: Evidence) -> Fault | None:
    if evidence.entry.audiences:
        return None
    setting = _ours(evidence)
    return missing(setting, "Without an audience kube-apiserver does not start, or takes no token.")


@rule("audience-of-another-cluster", Severity.ERROR, "No audience is another cluster's", given=ENTRY)
def audience_of_another_cluster(evidence: Evidence) -> Fault | None:
    for setting in evidence.entry.audiences:
        if name := evidence.served.other_audiences.get(setting.value):
            why = Wording(
                "This is the audience of {name}: tokens for this cluster are refused, and those for {name} accepted.",
                name=name,
            )
            return instead(setting, _wanted(evidence), why)
    return None


@rule("audience-of-the-api", Severity.ERROR, "No audience is that of the control plane's API", given=ENTRY)
def audience_of_the_api(evidence: Evidence) -> Fault | None:
    for setting in evidence.entry.audiences:
        if setting.value == evidence.served.api_audience:
            why = "Tokens for the API would be sent there, and whoever holds this cluster could use them at the API."
            return instead(setting, _wanted(evidence), why)
    return None


@rule("audience-shared", Severity.ERROR, "The shared audience alone is not all that is accepted", given=ENTRY)
def audience_shared(evidence: Evidence) -> Fault | None:
    served = evidence.served
    if served.accepts_shared_audience or [setting.value for setting in evidence.entry.audiences] != [
        served.shared_audience
    ]:
        return None
    why = Wording(
        "Tokens for {cluster} say {audience}, and it would refuse them. The shared audience "
        "is for clusters that are registered so.",
        cluster=served.cluster,
        audience=served.audience,
    )
    return instead(evidence.entry.audiences[0], served.audience, why)


@rule("audience-shared-too", Severity.WARNING, "Tokens for other clusters are of no use here", given=ENTRY)
def audience_shared_too(evidence: Evidence) -> Fault | None:
    shared = next(
        (setting for setting in evidence.entry.audiences if setting.value == evidence.served.shared_audience), None
    )
    if shared is None or evidence.served.accepts_shared_audience or len(evidence.entry.audiences) < 2:
        return None
    return without(
        shared, "It also takes tokens for clusters with the platform's flags, though it is not registered so."
    )


@rule("audience-unknown", Severity.ERROR, "One of the audiences is this cluster's", given=ENTRY)
def audience_unknown(evidence: Evidence) -> Fault | None:
    served = evidence.served
    shared = {served.shared_audience, served.api_audience}
    values = {setting.value.strip("\"'") for setting in evidence.entry.audiences}
    if not values or served.audience in values or values & shared or values & served.other_audiences.keys():
        return None
    return instead(
        evidence.entry.audiences[0], _wanted(evidence), "No token of ours says this audience: all are refused."
    )


@rule("audience-match-policy", Severity.ERROR, "Several audiences come with MatchAny", given=ENTRY)
def audience_match_policy(evidence: Evidence) -> Fault | None:
    entry, policy = evidence.entry, evidence.entry.match_policy
    if entry.kind != "configuration" or len(entry.audiences) < 2 or (policy and policy.value == "MatchAny"):
        return None
    why = "With more than one audience kube-apiserver does not start unless told that any of them will do."
    if policy:
        return instead(policy, "MatchAny", why)
    return missing(
        Setting(
            "MatchAny", 0, "audienceMatchPolicy: {value}", Wording("under {path}", path=f"jwt[{entry.index}].issuer")
        ),
        why,
    )


@rule("api-audiences", Severity.NOTE, "--api-audiences is about the cluster's own tokens", given=FLAGS)
def api_audiences(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag("api-audiences")
    if setting is None or evidence.served.audience not in setting.value.split(","):
        return None
    why = (
        "It has no say in whether our tokens are accepted, and with our audience in it the cluster's service accounts"
        " can have tokens made that say it."
    )
    rest = [name for name in setting.value.split(",") if name != evidence.served.audience]
    return instead(setting, ",".join(rest), why) if rest else without(setting, why)


@rule("anonymous-auth", Severity.NOTE, "Requests without a token are not answered", given=FLAGS)
def anonymous_auth(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag("anonymous-auth")
    if setting is None or setting.value.lower() != "true":
        return None
    why = (
        "Who sends no token is system:anonymous, and gets what that may. kubeadm needs it for its probes; so look at"
        " the role bindings of system:anonymous and system:unauthenticated."
    )
    return instead(setting, "false", why)


def _ours(evidence: Evidence) -> Setting:
    if evidence.entry.kind == "configuration":
        return Setting(
            evidence.served.audience,
            0,
            '- "{value}"',
            Wording("under {path}", path=f"jwt[{evidence.entry.index}].issuer.audiences"),
        )
    return evidence.entry.missing("oidc-client-id", "", _wanted(evidence))


def _wanted(evidence: Evidence) -> str:
    """Flags have room for one audience only."""
    return evidence.served.audience if evidence.entry.kind == "configuration" else evidence.served.oidc_client_id


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

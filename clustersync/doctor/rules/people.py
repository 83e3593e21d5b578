"""The kubeconfig of somebody: where their tokens come from, and for whom."""

from collections.abc import Sequence

from clustersync.doctor.parsed import KubeconfigUser, Setting, address_of
from clustersync.doctor.rule import KUBECONFIG, PERSON, Evidence, Fault, Severity, instead, missing, rule, without
from clustersync.doctor.served import Served
from common.wording import Wording

OUR_PLUGIN = "runai-identity"
KUBECTL = "kubectl"
CURRENT = "client.authentication.k8s.io/v1"
KNOWS_V1 = (1, 22)
KNOWN = (CURRENT, "client.authentication.k8s.io/v1beta1")


def concerns(person: KubeconfigUser, served: Served) -> bool:
    """Return whether a user of a kubeconfig, which may name many clusters, is one of this cluster."""
    asked_for = {setting.value for setting in (*person.audiences, *([person.cluster] if person.cluster else ()))}
    shared = {served.shared_audience} if served.accepts_shared_audience else set()
    if asked_for & {served.audience, served.uuid, served.cluster, *shared}:
        return True
    if person.server and served.api_url:
        return address_of(person.server.value) == address_of(served.api_url)
    ours = address_of(served.origin)
    return not asked_for and person.issuer is not None and address_of(person.issuer.value) == ours


def is_anothers(person: KubeconfigUser, served: Served) -> bool:
    """Return whether it is an entry for another cluster of ours, in which nothing is to be changed for this one."""
    asked_for = {setting.value for setting in (*person.audiences, *([person.cluster] if person.cluster else ()))}
    others = {*served.other_audiences, *served.other_uuids, *served.other_audiences.values()}
    return bool(asked_for & others) and not concerns(person, served)


@rule("person-entry", Severity.ERROR, "The kubeconfig has an entry for this cluster", given=KUBECONFIG)
def person_entry(evidence: Evidence) -> Fault | None:
    served, people = evidence.served, evidence.parsed.people
    if not people or asked_about(people, served):
        return None
    write = Setting(f"runai-identity kubeconfig set --cluster {served.cluster}", 0, "({value})", "at a shell")
    why = Wording(
        "It has entries for other clusters, and none for {cluster}. This adds one beside them.", cluster=served.cluster
    )
    return missing(write, why)


def asked_about(people: Sequence[KubeconfigUser], served: Served) -> list[KubeconfigUser]:
    """Return the users that are held against this cluster. One that is alone is, unless it is another's."""
    return [one for one in people if _is_asked_about(one, served, alone=len(people) == 1)]


def _is_asked_about(person: KubeconfigUser, served: Served, *, alone: bool) -> bool:
    return concerns(person, served) or (alone and not is_anothers(person, served))


@rule("person-issuer", Severity.ERROR, "People sign in at our issuer", given=PERSON)
def person_issuer(evidence: Evidence) -> Fault | None:
    person, served = evidence.someone, evidence.served
    setting = person.issuer
    ours = (served.issuer, served.origin) if person.command == OUR_PLUGIN else (served.issuer,)
    if person.way not in ("exec", "auth-provider") or (setting and setting.value in ours):
        return None
    if setting:
        return instead(setting, ours[-1], "People would sign in elsewhere, or the plugin refuses what we answer.")
    if person.command == OUR_PLUGIN:
        return None  # it knows from its own configuration
    return missing(
        _argument(evidence, "--oidc-issuer-url", served.issuer), "The plugin does not know where to sign in."
    )


@rule("person-client", Severity.ERROR, "The client id is that of people's tools", given=PERSON)
def person_client(evidence: Evidence) -> Fault | None:
    person, ours = evidence.someone, evidence.served.client_id
    setting = person.client_id
    if person.way != "exec" or person.command == OUR_PLUGIN or (setting and setting.value == ours):
        return None
    if setting:
        return instead(
            setting, ours, "It is a client of that name whom we would let sign people in from their own machine."
        )
    return missing(_argument(evidence, "--oidc-client-id", ours), "Without a client id nobody can sign in.")


@rule("person-secret", Severity.WARNING, "People's kubeconfig holds no client secret", given=PERSON)
def person_secret(evidence: Evidence) -> Fault | None:
    setting = evidence.someone.secret
    if setting is None:
        return None
    return without(
        setting,
        Wording(
            "{client_id} is a public client and has none; what everybody is given is no secret.",
            client_id=evidence.served.client_id,
        ),
    )


@rule("person-audience", Severity.ERROR, "The token is asked for with this cluster's audience", given=PERSON)
def person_audience(evidence: Evidence) -> Fault | None:
    person, ours = evidence.someone, evidence.served.audience
    if person.way != "exec" or person.audiences or person.command == OUR_PLUGIN:
        return None
    if person.client_id and person.client_id.value == ours:
        return None
    setting = _argument(evidence, "--oidc-auth-request-extra-params=resource", ours)
    return missing(setting, "Without it the token is for no cluster, and the API server refuses it.")


@rule(
    "person-audience-other", Severity.ERROR, "The token is not asked for with another cluster's audience", given=PERSON
)
def person_audience_other(evidence: Evidence) -> Fault | None:
    wrong = [setting for setting in evidence.someone.audiences if setting.value != evidence.served.audience]
    if not wrong or len(wrong) < len(evidence.someone.audiences):
        return None
    if wrong[0].value == evidence.served.shared_audience:
        why = "Clusters share this audience, and a token is made for one of them: without its name there is none."
        return instead(wrong[0], evidence.served.audience, why)
    name = evidence.served.other_audiences.get(wrong[0].value, Wording("something else"))
    return instead(
        wrong[0],
        evidence.served.audience,
        Wording("The token would be for {name}, and the API server refuses it.", name=name),
    )


@rule("person-access-token", Severity.ERROR, "kubelogin sends the access token", given=PERSON)
def person_access_token(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.way != "exec" or person.command != KUBECTL or person.sends_access_token:
        return None
    setting = Setting(
        "--oidc-use-access-token", 0, "- {value}", Wording("in exec.args of {user}", user=person.name.value)
    )
    return missing(setting, "It sends the ID token, which says who signed in to a program, and is for no cluster.")


@rule("person-cluster", Severity.ERROR, "The plugin asks for a token for this cluster", given=PERSON)
def person_cluster(evidence: Evidence) -> Fault | None:
    person, served = evidence.someone, evidence.served
    setting = person.cluster
    if person.command != OUR_PLUGIN or (setting and setting.value in (served.uuid, served.cluster, served.audience)):
        return None
    why = Wording("The token would be for another cluster, and {cluster} refuses it.", cluster=served.cluster)
    if setting:
        return instead(setting, served.uuid, why)
    return missing(_argument(evidence, "--cluster", served.uuid), "Without it the token is for no cluster.")


@rule("person-exec-version", Severity.ERROR, "kubectl knows the plugin's apiVersion", given=PERSON)
def person_exec_version(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.way != "exec" or (person.api_version and person.api_version.value in KNOWN):
        return None
    why = "kubectl since 1.24 knows v1 and v1beta1 alone."
    if person.api_version:
        return instead(person.api_version, CURRENT, why)
    return missing(
        Setting(CURRENT, 0, "apiVersion: {value}", Wording("under exec of {user}", user=person.name.value)), why
    )


@rule("person-kubectl", Severity.ERROR, "kubectl is new enough for the plugin's apiVersion", given=PERSON)
def person_kubectl(evidence: Evidence) -> Fault | None:
    person, kubectl = evidence.someone, evidence.seen.kubectl
    if kubectl is None or person.way != "exec" or person.api_version is None:
        return None
    if person.api_version.value != CURRENT or kubectl >= KNOWS_V1:
        return None
    why = Wording(
        "kubectl {version} does not know it, and says so. Since {since} it does.",
        version=f"{kubectl[0]}.{kubectl[1]}",
        since=f"{KNOWS_V1[0]}.{KNOWS_V1[1]}",
    )
    return instead(
        person.api_version, "client.authentication.k8s.io/v1beta1", Wording("{why} Or take a newer kubectl.", why=why)
    )


@rule("person-interactive", Severity.ERROR, "A plugin of v1 says whether it asks people", given=PERSON)
def person_interactive(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.way != "exec" or person.interactive or person.api_version is None or person.api_version.value != CURRENT:
        return None
    setting = Setting(
        "IfAvailable", 0, "interactiveMode: {value}", Wording("under exec of {user}", user=person.name.value)
    )
    return missing(setting, "In v1 kubectl refuses a plugin without it.")


@rule("person-auth-provider", Severity.WARNING, "People's tokens come from an exec plugin", given=PERSON)
def person_auth_provider(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.way != "auth-provider":
        return None
    shared = evidence.served.accepts_shared_audience
    why = (
        "auth-provider is the old form, by which a refresh asks for no audience."
        if shared
        else Wording(
            "auth-provider is the old form, by which a refresh asks for no audience: {cluster} refuses its tokens, "
            "as it takes no shared audience.",
            cluster=evidence.served.cluster,
        )
    )
    return Fault(
        person.name,
        f"(runai-identity kubeconfig set --cluster {evidence.served.cluster})",
        why,
    )


@rule("person-static-token", Severity.WARNING, "No token stands in the file", given=PERSON)
def person_static_token(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.token is None:
        return None
    minutes = max(1, evidence.served.token_seconds // 60)
    why = Wording(
        "It ends after {minutes} minutes, and is good for whoever reads the file. It goes before a plugin.",
        minutes=minutes,
    )
    return without(person.token, why)


@rule("person-certificate", Severity.WARNING, "No client certificate goes before the token", given=PERSON)
def person_certificate(evidence: Evidence) -> Fault | None:
    person = evidence.someone
    if person.certificate is None or person.way not in ("exec", "auth-provider", "token"):
        return None
    return without(person.certificate, "With a client certificate the API server never looks at the token.")


@rule("person-server", Severity.WARNING, "The API server's address is the one registered", given=PERSON)
def person_server(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.someone.server, evidence.served.api_url
    if setting is None or not ours or setting.value.rstrip("/") == ours.rstrip("/"):
        return None
    return instead(
        setting, ours, Wording("{cluster} is registered under another address.", cluster=evidence.served.cluster)
    )


@rule("person-insecure", Severity.ERROR, "kubectl verifies the API server's certificate", given=PERSON)
def person_insecure(evidence: Evidence) -> Fault | None:
    setting = evidence.someone.insecure
    if setting is None:
        return None
    return instead(
        setting, "false", "Whoever stands between is handed the token. Give certificate-authority-data instead."
    )


def _argument(evidence: Evidence, name: str, value: str) -> Setting:
    return Setting(
        value,
        0,
        f"- {name}={{value}}",
        Wording("in exec.args of {user}", user=evidence.someone.name.value),
    )


RULES = (
    person_entry,
    person_issuer,
    person_client,
    person_audience,
    person_audience_other,
    person_access_token,
    person_cluster,
    person_exec_version,
    person_kubectl,
    person_interactive,
    person_insecure,
    person_auth_provider,
    person_secret,
    person_static_token,
    person_certificate,
    person_server,
)

"""Check how it asks us: the flags, and the file they name."""

from clustersync.apiserver.flags import WEBHOOK_FILE
from clustersync.bounds import SUCCESS_CACHE_SECONDS
from clustersync.doctor.durations import seconds_of
from clustersync.doctor.parsed import Setting, Webhook, address_of
from clustersync.doctor.rule import (
    ANYTHING,
    WEBHOOK,
    WEBHOOK_FLAGS,
    Evidence,
    Fault,
    Given,
    Severity,
    instead,
    missing,
    rule,
)
from common.wording import Wording

# As its page names them.
MODES = {
    "webhook": "It asks us (webhook)",
    "oidc": "It verifies by itself (OIDC)",
    "both": "Both: by itself first, then it asks us",
}
PREFIX = "authentication-token-webhook"
DEFAULT_TTL = 120


@rule("mode", Severity.WARNING, "It verifies tokens the way this cluster is registered", given=ANYTHING)
def mode(evidence: Evidence) -> Fault | None:
    by_itself = evidence.entry.kind != "nothing" or evidence.parsed.flag("authentication-config") is not None
    asks = any(flag.name.startswith(PREFIX) for flag in evidence.parsed.flags) or evidence.parsed.webhook is not None
    registered = evidence.served.mode
    if by_itself and registered == "webhook":
        seconds = evidence.served.token_seconds + SUCCESS_CACHE_SECONDS
        why = Wording(
            "It also verifies by itself: who is disabled stays in for up to {seconds} s, until the token ends.",
            seconds=seconds,
        )
        return _registered(evidence, "both" if asks else "oidc", why)
    if asks and registered == "oidc":
        return _registered(evidence, "both" if by_itself else "webhook", "It asks us too, which we are not told of.")
    if registered == "both" and evidence.parsed.flags and by_itself != asks:
        why = Wording(
            "It is registered to do both, and does one: what we say of it, as how soon access ends, is not so."
        )
        return _registered(evidence, "oidc" if by_itself else "webhook", why)
    return None


@rule("webhook-config-file", Severity.ERROR, "The file by which it reaches us is named", given=WEBHOOK_FLAGS)
def webhook_config_file(evidence: Evidence) -> Fault | None:
    if evidence.parsed.flag(f"{PREFIX}-config-file"):
        return None
    setting = evidence.parsed.missing_flag(f"{PREFIX}-config-file", WEBHOOK_FILE)
    return missing(setting, "Without the file the other flags of the webhook say nothing: we are never asked.")


@rule("webhook-version", Severity.WARNING, "It asks in version v1", given=WEBHOOK_FLAGS)
def webhook_version(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag(f"{PREFIX}-version")
    why = "v1beta1 is what it asks in unless told. We answer that too, and Kubernetes has announced its end."
    if setting is None:
        return missing(evidence.parsed.missing_flag(f"{PREFIX}-version", "v1"), why)
    return None if setting.value in ("v1", '"v1"') else instead(setting, "v1", why)


@rule("webhook-ttl-unreadable", Severity.ERROR, "The time it keeps answers has a unit", given=WEBHOOK_FLAGS)
def webhook_ttl_unreadable(evidence: Evidence) -> Fault | None:
    setting = evidence.parsed.flag(f"{PREFIX}-cache-ttl")
    if setting is None or seconds_of(setting.value) is not None:
        return None
    why = "kube-apiserver does not start: a duration is written with its unit."
    return instead(setting, f"{evidence.served.webhook_cache_seconds}s", why)


@rule(
    "webhook-ttl", Severity.WARNING, "It keeps answers as long as this cluster is registered with", given=WEBHOOK_FLAGS
)
def webhook_ttl(evidence: Evidence) -> Fault | None:
    setting, ours = evidence.parsed.flag(f"{PREFIX}-cache-ttl"), evidence.served.webhook_cache_seconds
    keeps = DEFAULT_TTL if setting is None else seconds_of(setting.value)
    if keeps is None or keeps == ours:
        return None
    why = Wording(
        "It keeps our answers for {keeps} s: who is disabled stays in for up to {keeps2} s, where we say {ours} s.",
        keeps=f"{keeps:g}",
        keeps2=f"{keeps + SUCCESS_CACHE_SECONDS:g}",
        ours=ours + SUCCESS_CACHE_SECONDS,
    )
    if setting is None:
        return missing(evidence.parsed.missing_flag(f"{PREFIX}-cache-ttl", f"{ours}s"), why)
    return instead(setting, f"{ours}s", why)


@rule("webhook-http", Severity.ERROR, "It asks us by https", given=WEBHOOK)
def webhook_http(evidence: Evidence) -> Fault | None:
    server = _webhook(evidence).server
    if server is None or server.value.startswith("https://"):
        return None
    return instead(
        server, evidence.served.webhook_url, "Over http it sends no token, and we refuse to answer whoever asks."
    )


@rule("webhook-of-another-cluster", Severity.ERROR, "It asks as this cluster", given=WEBHOOK)
def webhook_of_another_cluster(evidence: Evidence) -> Fault | None:
    server = _webhook(evidence).server
    name = next((name for uuid, name in evidence.served.other_uuids.items() if server and uuid in server.value), None)
    if server is None or name is None:
        return None
    return instead(
        server,
        evidence.served.webhook_url,
        Wording("This is the address of {name}, for tokens of which it would ask.", name=name),
    )


@rule("webhook-url", Severity.ERROR, "The address it asks is ours, to the slash", given=WEBHOOK)
def webhook_url(evidence: Evidence) -> Fault | None:
    server = _webhook(evidence).server
    if server is None:
        setting = Setting(
            evidence.served.webhook_url, 0, "server: {value}", Wording("under {path}", path="clusters[0].cluster")
        )
        return missing(setting, "Without an address there is nobody to ask.")
    if server.value == evidence.served.webhook_url or not server.value.startswith("https://"):
        return None
    if any(uuid in server.value for uuid in evidence.served.other_uuids):
        return None
    same_host = address_of(server.value) == address_of(evidence.served.webhook_url)
    why = "We have no such path: it would get no answer." if same_host else "This is not where we are."
    return instead(server, evidence.served.webhook_url, why)


@rule("webhook-context", Severity.ERROR, "The file's current context names a cluster and a user in it", given=WEBHOOK)
def webhook_context(evidence: Evidence) -> Fault | None:
    broken = _webhook(evidence).broken_context
    if broken is None:
        return None
    why = "current-context, or the cluster or user that it names, is not in the file: kube-apiserver does not start."
    return Fault(broken, "(name a context of the file, whose cluster and user are in it)", why)


def _can_tell(evidence: Evidence) -> bool:
    webhook = evidence.parsed.webhook
    if webhook is None or webhook.credential != "given":
        return webhook is not None
    return bool(webhook.digest and evidence.served.webhook_digests is not None) or evidence.served.webhook_works


TOKEN = Given(
    "it was not sent, or you may not see the cluster. Paste the file into the doctor of its page, which"
    " also says what was refused",
    _can_tell,
)


@rule("webhook-token", Severity.ERROR, "It shows us this cluster's webhook token", given=TOKEN)
def webhook_token(evidence: Evidence) -> Fault | None:
    webhook = _webhook(evidence)
    if webhook.credential == "given" and (
        not webhook.digest or webhook.digest in (evidence.served.webhook_digests or ())
    ):
        return None
    why = {
        "placeholder": Wording("the place for it still has the words of the example"),
        "given": Wording("this is none: it has ended, or is of another cluster or kind"),
        "none": Wording("there is none"),
    }[webhook.credential]
    setting = Setting(
        "(a new webhook token of this cluster)", 0, "token: {value}", Wording("under {path}", path="users[0].user")
    )
    return missing(
        setting,
        Wording("We answer only who shows it, and {why}. An old one can't be shown again: make a new one.", why=why),
    )


@rule("webhook-ca", Severity.ERROR, "It trusts the CA that signed our certificate when it asks", given=WEBHOOK)
def webhook_ca(evidence: Evidence) -> Fault | None:
    webhook = _webhook(evidence)
    if not evidence.served.authority or webhook.has_authority or webhook.insecure:
        return None
    setting = Setting(
        "(our CA, base64)", 0, "certificate-authority-data: {value}", Wording("beside {field}", field="server")
    )
    return missing(
        setting, "Our certificate is signed by a CA of your own. Unless the machine trusts it, it can't reach us."
    )


@rule("webhook-insecure", Severity.WARNING, "It verifies our certificate when it asks", given=WEBHOOK)
def webhook_insecure(evidence: Evidence) -> Fault | None:
    setting = _webhook(evidence).insecure
    if setting is None:
        return None
    why = "Whoever stands between gets every token that is asked about, and can say yes to any."
    return instead(setting, "false", why)


def _webhook(evidence: Evidence) -> Webhook:
    return evidence.parsed.webhook or Webhook()


def _registered(evidence: Evidence, value: str, why: str) -> Fault:
    setting = Setting(
        MODES[evidence.served.mode],
        0,
        'Tokens are verified: "{value}"',
        Wording("in the registration of {cluster} here", cluster=evidence.served.cluster),
    )
    return instead(setting, MODES[value], why)


RULES = (
    mode,
    webhook_config_file,
    webhook_ttl_unreadable,
    webhook_http,
    webhook_of_another_cluster,
    webhook_url,
    webhook_context,
    webhook_token,
    webhook_ca,
    webhook_insecure,
    webhook_version,
    webhook_ttl,
)

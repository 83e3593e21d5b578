"""How it asks us: the flags, and the file they name."""

import re

from clustersync.apiserver.flags import WEBHOOK_FILE
from clustersync.doctor.rule import (
    ANYTHING,
    WEBHOOK,
    WEBHOOK_FLAGS,
    Case,
    Fault,
    Given,
    Severity,
    instead,
    missing,
    rule,
)
from clustersync.doctor.told import Said, Webhook, address_of

PREFIX = "authentication-token-webhook"
DEFAULT_TTL = 120
# kube-apiserver keeps every yes for this long above the webhook's own cache.
OUTER_CACHE = 10

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?\Z")


@rule("mode", Severity.WARNING, "It verifies tokens the way this cluster is registered", given=ANYTHING)
def mode(case: Case) -> Fault | None:
    by_itself = case.entry.kind != "nothing" or case.told.flag("authentication-config") is not None
    asks = any(flag.name.startswith(PREFIX) for flag in case.told.flags) or case.told.webhook is not None
    registered = case.served.mode
    if by_itself and registered == "webhook":
        seconds = case.served.token_seconds + OUTER_CACHE
        why = f"It also verifies by itself: who is disabled stays in for up to {seconds} s, until the token ends."
        return _registered(case, "both" if asks else "oidc", why)
    if asks and registered == "oidc":
        return _registered(case, "both" if by_itself else "webhook", "It asks us too, which we are not told of.")
    if registered == "both" and case.told.flags and by_itself != asks:
        why = "It is registered to do both, and does one: what we say of it, as how soon access ends, is not so."
        return _registered(case, "oidc" if by_itself else "webhook", why)
    return None


@rule("webhook-config-file", Severity.ERROR, "The file by which it reaches us is named", given=WEBHOOK_FLAGS)
def webhook_config_file(case: Case) -> Fault | None:
    if case.told.flag(f"{PREFIX}-config-file"):
        return None
    said = case.told.missing_flag(f"{PREFIX}-config-file", WEBHOOK_FILE)
    return missing(said, "Without the file the other flags of the webhook say nothing: we are never asked.")


@rule("webhook-version", Severity.WARNING, "It asks in version v1", given=WEBHOOK_FLAGS)
def webhook_version(case: Case) -> Fault | None:
    said = case.told.flag(f"{PREFIX}-version")
    why = "v1beta1 is what it asks in unless told. We answer that too, and Kubernetes has announced its end."
    if said is None:
        return missing(case.told.missing_flag(f"{PREFIX}-version", "v1"), why)
    return None if said.value in ("v1", '"v1"') else instead(said, "v1", why)


@rule("webhook-ttl-unreadable", Severity.ERROR, "The time it keeps answers has a unit", given=WEBHOOK_FLAGS)
def webhook_ttl_unreadable(case: Case) -> Fault | None:
    said = case.told.flag(f"{PREFIX}-cache-ttl")
    if said is None or seconds_of(said.value) is not None:
        return None
    why = "kube-apiserver does not start: a duration is written with its unit."
    return instead(said, f"{case.served.webhook_cache_seconds}s", why)


@rule(
    "webhook-ttl", Severity.WARNING, "It keeps answers as long as this cluster is registered with", given=WEBHOOK_FLAGS
)
def webhook_ttl(case: Case) -> Fault | None:
    said, ours = case.told.flag(f"{PREFIX}-cache-ttl"), case.served.webhook_cache_seconds
    keeps = DEFAULT_TTL if said is None else seconds_of(said.value)
    if keeps is None or keeps == ours:
        return None
    why = (
        f"It keeps our answers for {keeps:g} s: who is disabled stays in for up to {keeps + OUTER_CACHE:g} s, where we"
        f" say {ours + OUTER_CACHE} s."
    )
    if said is None:
        return missing(case.told.missing_flag(f"{PREFIX}-cache-ttl", f"{ours}s"), why)
    return instead(said, f"{ours}s", why)


@rule("webhook-http", Severity.ERROR, "It asks us by https", given=WEBHOOK)
def webhook_http(case: Case) -> Fault | None:
    server = _webhook(case).server
    if server is None or server.value.startswith("https://"):
        return None
    return instead(
        server, case.served.webhook_url, "Over http it sends no token, and we refuse to answer whoever asks."
    )


@rule("webhook-of-another-cluster", Severity.ERROR, "It asks as this cluster", given=WEBHOOK)
def webhook_of_another_cluster(case: Case) -> Fault | None:
    server = _webhook(case).server
    name = next((name for uuid, name in case.served.other_uuids.items() if server and uuid in server.value), None)
    if server is None or name is None:
        return None
    return instead(server, case.served.webhook_url, f"This is the address of {name}, for tokens of which it would ask.")


@rule("webhook-url", Severity.ERROR, "The address it asks is ours, to the slash", given=WEBHOOK)
def webhook_url(case: Case) -> Fault | None:
    server = _webhook(case).server
    if server is None:
        said = Said(case.served.webhook_url, 0, "server: {value}", "under clusters[0].cluster")
        return missing(said, "Without an address there is nobody to ask.")
    if server.value == case.served.webhook_url or not server.value.startswith("https://"):
        return None
    if any(uuid in server.value for uuid in case.served.other_uuids):
        return None
    same_host = address_of(server.value) == address_of(case.served.webhook_url)
    why = "We have no such path: it would get no answer." if same_host else "This is not where we are."
    return instead(server, case.served.webhook_url, why)


@rule("webhook-context", Severity.ERROR, "The file's current context names a cluster and a user in it", given=WEBHOOK)
def webhook_context(case: Case) -> Fault | None:
    broken = _webhook(case).broken_context
    if broken is None:
        return None
    why = "current-context, or the cluster or user that it names, is not in the file: kube-apiserver does not start."
    return Fault(broken, "(name a context of the file, whose cluster and user are in it)", why)


def _can_tell(case: Case) -> bool:
    webhook = case.told.webhook
    if webhook is None or webhook.credential != "given":
        return webhook is not None
    return bool(webhook.digest and case.served.webhook_digests is not None) or case.served.webhook_works


TOKEN = Given(
    "it was not sent, or you may not see the cluster. Paste the file into the doctor of its page, which"
    " also says what was refused",
    _can_tell,
)


@rule("webhook-token", Severity.ERROR, "It shows us this cluster's webhook token", given=TOKEN)
def webhook_token(case: Case) -> Fault | None:
    webhook = _webhook(case)
    if webhook.credential == "given" and (not webhook.digest or webhook.digest in (case.served.webhook_digests or ())):
        return None
    why = {
        "placeholder": "the place for it still has the words of the example",
        "given": "this is none: it has ended, or is of another cluster or kind",
        "none": "there is none",
    }[webhook.credential]
    said = Said("(a new webhook token of this cluster)", 0, "token: {value}", "under users[0].user")
    return missing(said, f"We answer only who shows it, and {why}. An old one can't be shown again: make a new one.")


@rule("webhook-ca", Severity.ERROR, "It trusts the CA that signed our certificate when it asks", given=WEBHOOK)
def webhook_ca(case: Case) -> Fault | None:
    webhook = _webhook(case)
    if not case.served.authority or webhook.has_authority or webhook.insecure:
        return None
    said = Said("(our CA, base64)", 0, "certificate-authority-data: {value}", "beside server")
    return missing(
        said, "Our certificate is signed by a CA of your own. Unless the machine trusts it, it can't reach us."
    )


@rule("webhook-insecure", Severity.WARNING, "It verifies our certificate when it asks", given=WEBHOOK)
def webhook_insecure(case: Case) -> Fault | None:
    said = _webhook(case).insecure
    if said is None:
        return None
    why = "Whoever stands between gets every token that is asked about, and can say yes to any."
    return instead(said, "false", why)


def seconds_of(text: str) -> float | None:
    """Of a duration as Go writes it, 2m0s; None when it is none."""
    text = text.strip("\"'")
    match = DURATION.match(text)
    if match is None or not text or not any(match.groups()):
        return 0 if text == "0" else None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _webhook(case: Case) -> Webhook:
    return case.told.webhook or Webhook()


def _registered(case: Case, value: str, why: str) -> Fault:
    said = Said(
        case.served.mode, 0, "tokens are verified: {value}", f"in the registration of {case.served.cluster} here"
    )
    return Fault(said, said.writing(value), why, said.place)


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

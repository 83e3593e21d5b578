"""Check what was measured: whether our keys can be fetched, are the ones that sign, and in what time."""

from clustersync.doctor.parsed import Setting
from clustersync.doctor.rule import (
    ANSWERED,
    ANYTHING,
    DISCOVERY,
    JWKS,
    Evidence,
    Fault,
    Given,
    Severity,
    measured,
    rule,
)
from common.wording import Wording

MOST_SKEW = 5
# By so much go-oidc lets nbf be ahead; it gives exp none.
LEEWAY = 60
MOST_WEBHOOK_MILLISECONDS = 1000
# Half of what proxies commonly take in one line of headers: they add their own.
TOKEN_BUDGET = 4 * 1024
# Each of these in a key set keeps kube-apiserver (go-jose) from reading any key of it.
DEADLY_KEYS = frozenset({"AKP", "EC secp256k1", "OKP X25519", "OKP X448", "OKP Ed448"})

FETCHED = Given(
    "it is not known when the cluster last fetched our keys", lambda evidence: evidence.served.fetched_kids is not None
)


@rule("discovery-tls", Severity.ERROR, "Our certificate is trusted", given=DISCOVERY)
def discovery_tls(evidence: Evidence) -> Fault | None:
    if evidence.seen.failure != "tls":
        return None
    write = "(the CA that signed our certificate, as --oidc-ca-file or certificateAuthority)"
    return Fault(
        None,
        write,
        Wording("The TLS connection to {origin} fails: {why}", origin=evidence.served.origin, why=evidence.seen.why),
    )


@rule("discovery-unreachable", Severity.ERROR, "The issuer's address is reached", given=DISCOVERY)
def discovery_unreachable(evidence: Evidence) -> Fault | None:
    if evidence.seen.failure != "unreachable":
        return None
    write = Wording(
        "(a way from the API servers to {origin}: name service, route, firewall)", origin=evidence.served.origin
    )
    return Fault(
        None,
        write,
        Wording("{discovery} does not answer: {why}", discovery=_discovery(evidence), why=evidence.seen.why),
    )


@rule("discovery-redirect", Severity.ERROR, "Discovery answers, and does not lead on", given=ANSWERED)
def discovery_redirect(evidence: Evidence) -> Fault | None:
    if not evidence.seen.redirected_to:
        return None
    why = Wording(
        "{discovery} leads on to {address}. A proxy that wants a sign-in is in between.",
        discovery=_discovery(evidence),
        address=evidence.seen.redirected_to,
    )
    return Fault(None, Wording("(let {discovery} through without a sign-in)", discovery=_discovery(evidence)), why)


@rule("discovery-not-json", Severity.ERROR, "Discovery answers with its document", given=ANSWERED)
def discovery_not_json(evidence: Evidence) -> Fault | None:
    seen = evidence.seen
    if seen.redirected_to or (seen.status == 200 and seen.is_json):
        return None
    what = (
        Wording("status {status}", status=seen.status) if seen.status != 200 else Wording("something that is no JSON")
    )
    return Fault(
        None,
        Wording("(let {discovery} reach this service)", discovery=_discovery(evidence)),
        Wording("It answers with {what}: something is in between.", what=what),
    )


@rule("discovery-issuer", Severity.ERROR, "Discovery names the issuer that we put into tokens", given=ANSWERED)
def discovery_issuer(evidence: Evidence) -> Fault | None:
    if evidence.seen.issuer is None or evidence.seen.issuer == evidence.served.issuer:
        return None
    setting = Setting(evidence.seen.issuer, 0, '"issuer": "{value}"', "in what discovery answers")
    return Fault(
        setting, setting.writing(evidence.served.issuer), "Something in between rewrites it, or PUBLIC_URL is another."
    )


@rule("jwks-key-type", Severity.ERROR, "kube-apiserver can read every key of the set", given=JWKS)
def jwks_key_type(evidence: Evidence) -> Fault | None:
    deadly = next((kind for kind in evidence.seen.key_types or () if kind in DEADLY_KEYS), None)
    if deadly is None:
        return None
    return Fault(
        None,
        Wording("(withdraw the {deadly} key)", deadly=deadly),
        "One key that it can't read makes it refuse every token.",
    )


@rule("jwks-stale", Severity.ERROR, "The keys that are fetched are those that sign", given=JWKS)
def jwks_stale(evidence: Evidence) -> Fault | None:
    absent = [
        key for key in evidence.served.keys if key.state == "active" and key.kid not in (evidence.seen.kids or ())
    ]
    if not absent:
        return None
    why = Wording(
        "The key {kid} signs, and is not in the set that is fetched: something in between is too old.",
        kid=absent[0].kid[:12],
    )
    return Fault(None, "(empty the cache between the API servers and this service)", why)


@rule("jwks-next-key", Severity.WARNING, "The key that signs next is published already", given=JWKS)
def jwks_next_key(evidence: Evidence) -> Fault | None:
    absent = [key for key in evidence.served.keys if key.state == "next" and key.kid not in (evidence.seen.kids or ())]
    if not absent:
        return None
    when = (
        Wording(" from {signs_at} UTC on", signs_at=f"{absent[0].signs_at:%Y-%m-%d %H:%M}")
        if absent[0].signs_at
        else ""
    )
    why = Wording(
        "The key {kid} signs{when}, and is not yet in the set that is fetched.", kid=absent[0].kid[:12], when=when
    )
    return Fault(None, "(empty the cache between the API servers and this service)", why)


@rule(
    "jwks-max-age",
    Severity.WARNING,
    "Keys are kept for less time than the next waits to sign",
    given=JWKS,
)
def jwks_max_age(evidence: Evidence) -> Fault | None:
    seen, served = evidence.seen, evidence.served
    if seen.has_max_age is False:
        why = (
            "Something in between removes Cache-Control: every token with a bad signature then fetches the keys again."
        )
        return Fault(None, f"Cache-Control: public, max-age={served.max_age}", why, "in the answer with the keys")
    if seen.max_age is None or seen.max_age <= max(served.max_age, 0) or seen.max_age < served.published_for // 2:
        return None
    setting = Setting(str(seen.max_age), 0, "Cache-Control: public, max-age={value}", "in the answer with the keys")
    why = Wording(
        "We publish a key {published_for} s before it signs; who keeps the set longer refuses its tokens.",
        published_for=served.published_for,
    )
    return Fault(setting, setting.writing(str(served.max_age)), why, setting.place)


@rule("jwks-last-fetch", Severity.WARNING, "The cluster itself has fetched the key that signs", given=FETCHED)
def jwks_last_fetch(evidence: Evidence) -> Fault | None:
    served = evidence.served
    absent = [key for key in served.keys if key.state == "active" and key.kid not in (served.fetched_kids or ())]
    if not absent or len(absent) < len([key for key in served.keys if key.state == "active"]):
        return None
    when = (
        Wording(" (at {fetched_at} UTC)", fetched_at=f"{served.fetched_at:%Y-%m-%d %H:%M}") if served.fetched_at else ""
    )
    why = Wording(
        "When it last fetched our keys{when}, none that signs now was among them. It fetches with the next token.",
        when=when,
    )
    return Fault(None, "(send one token; restart the API server if it is refused)", why)


CLOCKS = measured(Wording("the clocks"), lambda seen: seen.skew)
SET_THE_CLOCK = "(chronyc makestep, or whatever sets the clock there)"


@rule("clock-wrong", Severity.ERROR, "The clocks are less than a minute apart", given=CLOCKS)
def clock_wrong(evidence: Evidence) -> Fault | None:
    skew = evidence.seen.skew or 0
    if abs(skew) <= LEEWAY:
        return None
    effect = (
        Wording("An API server with that clock refuses new tokens as not valid yet.")
        if skew > 0
        else Wording("An API server with that clock takes tokens for over before they are.")
    )
    return Fault(None, SET_THE_CLOCK, Wording.joined(" ", (_clock_there(skew), effect)))


@rule("clock-skew", Severity.WARNING, "The clocks agree", given=CLOCKS)
def clock_skew(evidence: Evidence) -> Fault | None:
    skew = evidence.seen.skew or 0
    if not MOST_SKEW < abs(skew) <= LEEWAY:
        return None
    why = Wording("kube-apiserver refuses a token from the second it ends on, and one from more than a minute ahead.")
    return Fault(None, SET_THE_CLOCK, Wording.joined(" ", (_clock_there(skew), why)))


@rule(
    "webhook-latency",
    Severity.WARNING,
    "We answer within a second",
    given=measured(Wording("how long an answer takes"), lambda seen: seen.webhook_milliseconds),
)
def webhook_latency(evidence: Evidence) -> Fault | None:
    taken = evidence.seen.webhook_milliseconds or 0
    if taken <= MOST_WEBHOOK_MILLISECONDS:
        return None
    why = Wording(
        "Half of the answers take longer than {taken} ms, and each new token waits for one.", taken=f"{taken:.0f}"
    )
    return Fault(None, "(look at the way to this service, and at its load)", why)


@rule(
    "token-size",
    Severity.WARNING,
    "Tokens fit into the headers of what is in between",
    given=Given(
        "nobody measured a token",
        lambda evidence: (evidence.seen.token_bytes or evidence.served.longest_token) is not None,
    ),
)
def token_size(evidence: Evidence) -> Fault | None:
    size = max(evidence.seen.token_bytes or 0, evidence.served.longest_token or 0)
    if size <= TOKEN_BUDGET:
        return None
    why = Wording(
        "A token has {size} bytes. Proxies commonly take 8 KiB in one line of headers, what they add included.",
        size=size,
    )
    return Fault(None, "(fewer groups that matter in this cluster, or a larger header limit)", why)


@rule("version-too-old", Severity.NOTE, "This version of Kubernetes has structured authentication", given=ANYTHING)
def version_too_old(evidence: Evidence) -> Fault | None:
    version = evidence.seen.version
    if version is None or version >= (1, 30) or evidence.entry.kind != "flags":
        return None
    why = "Since 1.30 an AuthenticationConfiguration says more than flags do, and is changed without a restart."
    return Fault(None, "(Kubernetes 1.30 or newer)", why)


def _clock_there(skew: float) -> str:
    seconds = f"{abs(skew):.0f}"
    if skew > 0:
        return Wording("The clock there is {seconds} s behind.", seconds=seconds)
    return Wording("The clock there is {seconds} s ahead.", seconds=seconds)


def _discovery(evidence: Evidence) -> str:
    return f"{evidence.served.issuer}/.well-known/openid-configuration"


RULES = (
    discovery_tls,
    discovery_unreachable,
    discovery_redirect,
    discovery_not_json,
    discovery_issuer,
    jwks_key_type,
    jwks_stale,
    jwks_next_key,
    jwks_max_age,
    jwks_last_fetch,
    clock_wrong,
    clock_skew,
    webhook_latency,
    token_size,
    version_too_old,
)

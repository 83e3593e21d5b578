"""What was measured: whether our keys can be fetched, are the ones that sign, and in what time."""

from clustersync.doctor.rule import (
    ANSWERED,
    ANYTHING,
    DISCOVERY,
    JWKS,
    Case,
    Fault,
    Given,
    Severity,
    measured,
    rule,
)
from clustersync.doctor.told import Said

MOST_SKEW = 5
# By so much go-oidc lets nbf be ahead; it gives exp none.
LEEWAY = 60
MOST_WEBHOOK_MILLISECONDS = 1000
# Half of what proxies commonly take in one line of headers: they add their own.
TOKEN_BUDGET = 4 * 1024
# Each of these in a key set keeps kube-apiserver (go-jose) from reading any key of it.
DEADLY_KEYS = frozenset({"AKP", "EC secp256k1", "OKP X25519", "OKP X448", "OKP Ed448"})

FETCHED = Given(
    "it is not known when the cluster last fetched our keys", lambda case: case.served.fetched_kids is not None
)


@rule("discovery-tls", Severity.ERROR, "Our certificate is trusted", given=DISCOVERY)
def discovery_tls(case: Case) -> Fault | None:
    if case.seen.failure != "tls":
        return None
    write = "(the CA that signed our certificate, as --oidc-ca-file or certificateAuthority)"
    return Fault(None, write, f"The TLS connection to {case.served.origin} fails: {case.seen.why}")


@rule("discovery-unreachable", Severity.ERROR, "The issuer's address is reached", given=DISCOVERY)
def discovery_unreachable(case: Case) -> Fault | None:
    if case.seen.failure != "unreachable":
        return None
    write = f"(a way from the API servers to {case.served.origin}: name service, route, firewall)"
    return Fault(None, write, f"{_discovery(case)} does not answer: {case.seen.why}")


@rule("discovery-redirect", Severity.ERROR, "Discovery answers, and does not lead on", given=ANSWERED)
def discovery_redirect(case: Case) -> Fault | None:
    if not case.seen.redirected_to:
        return None
    why = f"{_discovery(case)} leads on to {case.seen.redirected_to}. A proxy that wants a sign-in is in between."
    return Fault(None, f"(let {_discovery(case)} through without a sign-in)", why)


@rule("discovery-not-json", Severity.ERROR, "Discovery answers with its document", given=ANSWERED)
def discovery_not_json(case: Case) -> Fault | None:
    seen = case.seen
    if seen.redirected_to or (seen.status == 200 and seen.is_json):
        return None
    what = f"status {seen.status}" if seen.status != 200 else "something that is no JSON"
    return Fault(
        None, f"(let {_discovery(case)} reach this service)", f"It answers with {what}: something is in between."
    )


@rule("discovery-issuer", Severity.ERROR, "Discovery names the issuer that we put into tokens", given=ANSWERED)
def discovery_issuer(case: Case) -> Fault | None:
    if case.seen.issuer is None or case.seen.issuer == case.served.issuer:
        return None
    said = Said(case.seen.issuer, 0, '"issuer": "{value}"', "in what discovery answers")
    return Fault(said, said.writing(case.served.issuer), "Something in between rewrites it, or PUBLIC_URL is another.")


@rule("jwks-key-type", Severity.ERROR, "kube-apiserver can read every key of the set", given=JWKS)
def jwks_key_type(case: Case) -> Fault | None:
    deadly = next((kind for kind in case.seen.key_types or () if kind in DEADLY_KEYS), None)
    if deadly is None:
        return None
    return Fault(None, f"(withdraw the {deadly} key)", "One key that it can't read makes it refuse every token.")


@rule("jwks-stale", Severity.ERROR, "The keys that are fetched are those that sign", given=JWKS)
def jwks_stale(case: Case) -> Fault | None:
    absent = [key for key in case.served.keys if key.state == "active" and key.kid not in (case.seen.kids or ())]
    if not absent:
        return None
    why = f"The key {absent[0].kid[:12]} signs, and is not in the set that is fetched: something in between is too old."
    return Fault(None, "(empty the cache between the API servers and this service)", why)


@rule("jwks-next-key", Severity.WARNING, "The key that signs next is published already", given=JWKS)
def jwks_next_key(case: Case) -> Fault | None:
    absent = [key for key in case.served.keys if key.state == "next" and key.kid not in (case.seen.kids or ())]
    if not absent:
        return None
    when = f" from {absent[0].signs_at:%Y-%m-%d %H:%M} UTC on" if absent[0].signs_at else ""
    why = f"The key {absent[0].kid[:12]} signs{when}, and is not yet in the set that is fetched."
    return Fault(None, "(empty the cache between the API servers and this service)", why)


@rule(
    "jwks-max-age",
    Severity.WARNING,
    "Keys are kept for less time than the next waits to sign",
    given=JWKS,
)
def jwks_max_age(case: Case) -> Fault | None:
    seen, served = case.seen, case.served
    if seen.has_max_age is False:
        why = (
            "Something in between removes Cache-Control: every token with a bad signature then fetches the keys again."
        )
        return Fault(None, f"Cache-Control: public, max-age={served.max_age}", why, "in the answer with the keys")
    if seen.max_age is None or seen.max_age <= max(served.max_age, 0) or seen.max_age < served.published_for // 2:
        return None
    said = Said(str(seen.max_age), 0, "Cache-Control: public, max-age={value}", "in the answer with the keys")
    why = f"We publish a key {served.published_for} s before it signs; who keeps the set longer refuses its tokens."
    return Fault(said, said.writing(str(served.max_age)), why, said.place)


@rule("jwks-last-fetch", Severity.WARNING, "The cluster itself has fetched the key that signs", given=FETCHED)
def jwks_last_fetch(case: Case) -> Fault | None:
    served = case.served
    absent = [key for key in served.keys if key.state == "active" and key.kid not in (served.fetched_kids or ())]
    if not absent or len(absent) < len([key for key in served.keys if key.state == "active"]):
        return None
    when = f" (at {served.fetched_at:%Y-%m-%d %H:%M} UTC)" if served.fetched_at else ""
    why = f"When it last fetched our keys{when}, none that signs now was among them. It fetches with the next token."
    return Fault(None, "(send one token; restart the API server if it is refused)", why)


CLOCKS = measured("the clocks", lambda seen: seen.skew)
SET_THE_CLOCK = "(chronyc makestep, or whatever sets the clock there)"


@rule("clock-wrong", Severity.ERROR, "The clocks are less than a minute apart", given=CLOCKS)
def clock_wrong(case: Case) -> Fault | None:
    skew = case.seen.skew or 0
    if abs(skew) <= LEEWAY:
        return None
    effect = "refuses new tokens as not valid yet" if skew > 0 else "takes tokens for over before they are"
    return Fault(None, SET_THE_CLOCK, f"{_clock_there(skew)} An API server with that clock {effect}.")


@rule("clock-skew", Severity.WARNING, "The clocks agree", given=CLOCKS)
def clock_skew(case: Case) -> Fault | None:
    skew = case.seen.skew or 0
    if not MOST_SKEW < abs(skew) <= LEEWAY:
        return None
    why = "kube-apiserver refuses a token from the second it ends on, and one from more than a minute ahead."
    return Fault(None, SET_THE_CLOCK, f"{_clock_there(skew)} {why}")


@rule(
    "webhook-latency",
    Severity.WARNING,
    "We answer within a second",
    given=measured("how long an answer takes", lambda seen: seen.webhook_milliseconds),
)
def webhook_latency(case: Case) -> Fault | None:
    taken = case.seen.webhook_milliseconds or 0
    if taken <= MOST_WEBHOOK_MILLISECONDS:
        return None
    why = f"Half of the answers take longer than {taken:.0f} ms, and each new token waits for one."
    return Fault(None, "(look at the way to this service, and at its load)", why)


@rule(
    "token-size",
    Severity.WARNING,
    "Tokens fit into the headers of what is in between",
    given=Given(
        "nobody measured a token", lambda case: (case.seen.token_bytes or case.served.longest_token) is not None
    ),
)
def token_size(case: Case) -> Fault | None:
    size = max(case.seen.token_bytes or 0, case.served.longest_token or 0)
    if size <= TOKEN_BUDGET:
        return None
    why = f"A token has {size} bytes. Proxies commonly take 8 KiB in one line of headers, what they add included."
    return Fault(None, "(fewer groups that matter in this cluster, or a larger header limit)", why)


@rule("version-too-old", Severity.NOTE, "This version of Kubernetes has structured authentication", given=ANYTHING)
def version_too_old(case: Case) -> Fault | None:
    version = case.seen.version
    if version is None or version >= (1, 30) or case.entry.kind != "flags":
        return None
    why = "Since 1.30 an AuthenticationConfiguration says more than flags do, and is changed without a restart."
    return Fault(None, "(Kubernetes 1.30 or newer)", why)


def _clock_there(skew: float) -> str:
    return f"The clock there is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}."


def _discovery(case: Case) -> str:
    return f"{case.served.issuer}/.well-known/openid-configuration"


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

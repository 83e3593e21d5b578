"""In how many seconds at most "disable" takes effect in a cluster. Pure.

Source: kube-apiserver 1.20 and 1.36, measured; pkg/kubeapiserver/options/authentication.go.
"""

# kube-apiserver keeps a yes for this long above all its authenticators, also beyond a token's own end.
SUCCESS_CACHE_SECONDS = 10

WEBHOOK = "webhook"


def revocation_bound(mode: str, *, token_seconds: int, webhook_cache_seconds: int) -> int:
    """`token_seconds` is the life of the longest token that is accepted there.

    With both ways a token is verified offline first, and what passes there never reaches the webhook.
    """
    if mode == WEBHOOK:
        return webhook_cache_seconds + SUCCESS_CACHE_SECONDS
    offline = token_seconds + SUCCESS_CACHE_SECONDS
    return offline if mode == "oidc" else max(offline, webhook_cache_seconds + SUCCESS_CACHE_SECONDS)


def in_words(seconds: int) -> str:
    """40 s, 10 min 10 s, 1 h 10 s."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"

from collections.abc import Iterator

from clustersync.apiserver.authentication_configuration import (
    NO_SYSTEM_GROUP,
    NO_SYSTEM_USER,
    SESSION,
    UID,
)
from clustersync.apiserver.distributions.snippet import NO_WEBHOOK, Snippet, as_json, sentences
from clustersync.apiserver.facts import SESSION_KEY, ClusterFacts

REQUIRED_PREFIX = "aks:jwt:"
NOTE = (
    "AKS lets nobody set flags or a webhook. In preview, without its service agreement, it takes JWT authenticators,"
    " which are the AuthenticationConfiguration with expressions alone: az extension add --name aks-preview, and"
    " register the feature as its guide says. Without the preview: not possible."
)
PREFIX = (
    f" Names have to begin with {REQUIRED_PREFIX} there: set both prefixes of this cluster to {REQUIRED_PREFIX}runai:"
    " first, so that its RBAC, the doctor and this file say the same; as it is now AKS refuses it."
)
CA = "Our certificate comes from a company CA: certificateAuthorityBundle exists since the API of June 2026 only."


def aks(facts: ClusterFacts) -> Iterator[Snippet]:
    named = facts.username.prefix.startswith(REQUIRED_PREFIX) and not facts.legacy
    yield Snippet(
        name="aks",
        distribution="AKS",
        title="AKS: a JWT authenticator (preview)",
        path="az aks jwtauthenticator add --resource-group <group> --cluster-name <cluster> --name runaiidentity"
        " --config-file <this file>",
        text=as_json(_authenticator(facts)),
        restarts="AKS does it, within some minutes.",
        note=sentences(
            NOTE, "" if named else PREFIX, CA if facts.public_ca else "", NO_WEBHOOK if facts.asks_us else ""
        ),
    )


def _authenticator(facts: ClusterFacts) -> dict[str, object]:
    username, groups = facts.username, facts.groups
    mappings: dict[str, object] = {
        "username": {"expression": f"{_literal(username.prefix)} + claims.{username.claim}"},
        "uid": {"expression": UID},
        "extra": [{"key": SESSION_KEY, "valueExpression": SESSION}],
    }
    if groups:
        prefixed = f"dyn(claims.{groups.claim}).map(group, {_literal(groups.prefix)} + group)"
        mappings["groups"] = {"expression": f"has(claims.{groups.claim}) ? {prefixed} : []"}
    return {
        "issuer": {
            "url": facts.issuer,
            "audiences": list(facts.audiences),
        },
        "claimValidationRules": [
            {"expression": 'has(claims.sub) && claims.sub != ""', "message": "the token names nobody"}
        ],
        "claimMappings": mappings,
        "userValidationRules": [
            {"expression": NO_SYSTEM_USER, "message": "a name of Kubernetes' own"},
            {"expression": NO_SYSTEM_GROUP, "message": "a group of Kubernetes' own"},
        ],
    }


def _literal(text: str) -> str:
    """Return a string of CEL; prefixes hold neither quotes nor backslashes."""
    return f"'{text}'"

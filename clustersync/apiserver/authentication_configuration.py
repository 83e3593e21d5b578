"""The AuthenticationConfiguration as text, with a word on each line that is there for a reason.

Written for what 1.30 understands, since a cluster that is updated keeps its file. CEL asks `has()` before it reads: a
claim that isn't there is an error, and an error refuses the token.
"""

import json
from collections.abc import Iterator, Mapping

from accounts.names import KEPT_BY_KUBERNETES
from clustersync.apiserver.facts import SESSION_KEY, ClusterFacts

GROUP = "apiserver.config.k8s.io"
VERSIONS: Mapping[str, str] = {"v1": "1.34", "v1beta1": "1.30"}
"""Of the group, and since which Kubernetes they are read."""

# The id that is never given again: an application's subject is its name, which may be.
UID = "has(claims.application_id) ? claims.application_id : claims.sub"
# Applications have no session.
SESSION = 'has(claims.sid) ? claims.sid : ""'
NAMES_SOMEBODY = 'has(claims.sub) && claims.sub != ""'
HAS_A_CLIENT = "has(claims.client_id)"
FOR_THIS_CLUSTER = "!has(claims.client_id) || claims.aud == '{audience}' || '{audience}' in claims.aud"
NAMES_A_USER = "user.username != '{prefix}'"
NO_SYSTEM_USER = f"!user.username.startsWith('{KEPT_BY_KUBERNETES}')"
NO_SYSTEM_GROUP = f"!has(user.groups) || user.groups.all(group, !group.startsWith('{KEPT_BY_KUBERNETES}'))"


def authentication_configuration(facts: ClusterFacts, version: str = "v1") -> str:
    """YAML for `--authentication-config`; `version` is one of VERSIONS."""
    return "\n".join([*_head(facts, version), *_authenticator(facts)]) + "\n"


def _head(facts: ClusterFacts, version: str) -> Iterator[str]:
    yield f"# Who signs in at {facts.origin} gets into {facts.name}. For Kubernetes {VERSIONS[version]} and newer."
    yield "# It is read again within a minute of being changed, without a restart, if every issuer in it answers."
    yield "# Beside it no --oidc- flag may be set: kube-apiserver refuses to start with both."
    yield f"apiVersion: {GROUP}/{version}"
    yield "kind: AuthenticationConfiguration"
    yield "jwt:"


def _authenticator(facts: ClusterFacts) -> Iterator[str]:
    yield "- issuer:"
    yield "    # Compared letter by letter with what each token says; a slash more is another issuer."
    yield f"    url: {_quoted(facts.issuer)}"
    yield from _discovery(facts)
    yield from _authority(facts)
    yield from _audiences(facts)
    yield from _claim_rules(facts)
    yield from _mappings(facts)
    yield from _user_rules(facts)


def _discovery(facts: ClusterFacts) -> Iterator[str]:
    if facts.discovery_url:
        yield "    # The same document at this cluster's own address, so that we know when it last fetched our keys."
        yield f"    discoveryURL: {_quoted(facts.discovery_url)}"


def _authority(facts: ClusterFacts) -> Iterator[str]:
    if facts.public_ca:
        yield "    # The CA of our certificate. It is written out, since a path would not be read."
        yield "    certificateAuthority: |"
        yield from (f"      {line}" for line in facts.public_ca.strip().splitlines())


def _audiences(facts: ClusterFacts) -> Iterator[str]:
    yield "    # A token for another cluster is for another audience, and refused."
    yield "    audiences:"
    for audience in facts.audiences:
        yield f"    - {_quoted(audience)}"
    if len(facts.audiences) > 1:
        yield "    # Required as soon as there are two: one of them is enough."
        yield "    audienceMatchPolicy: MatchAny"


def _claim_rules(facts: ClusterFacts) -> Iterator[str]:
    yield "  claimValidationRules:"
    yield from _rule(
        NAMES_SOMEBODY, "the token names nobody", why="kube-apiserver itself takes an empty name for a name."
    )
    if len(facts.audiences) == 1:
        yield from _rule(
            HAS_A_CLIENT,
            "an ID token says who signed in to a program; send the access token",
            why="Only access tokens have it (RFC 9068). CEL can't see typ, which is in the header.",
        )
    else:
        yield from _rule(
            FOR_THIS_CLUSTER.format(audience=facts.audience),
            "the token is for another cluster",
            why="Access tokens name their cluster beside the audience that clusters share. ID tokens can't.",
        )


def _mappings(facts: ClusterFacts) -> Iterator[str]:
    username, groups = facts.username, facts.groups
    yield "  claimMappings:"
    yield "    username:"
    yield f"      claim: {_quoted(username.claim)}"
    yield f"      prefix: {_quoted(username.prefix)}"
    if groups:
        yield "    groups:"
        yield f"      claim: {_quoted(groups.claim)}"
        yield "      # Never empty: without it a group named system:masters would be cluster administrator."
        yield f"      prefix: {_quoted(groups.prefix)}"
    yield "    # The id that no later account of the same name gets."
    yield "    uid:"
    yield f"      expression: {_quoted(UID)}"
    yield "    # In the audit log, beside authentication.kubernetes.io/credential-id, which comes of jti by itself."
    yield "    extra:"
    yield f"    - key: {_quoted(SESSION_KEY)}"
    yield f"      valueExpression: {_quoted(SESSION)}"


def _user_rules(facts: ClusterFacts) -> Iterator[str]:
    yield "  # Names that Kubernetes keeps for itself, whatever a claim says."
    yield "  userValidationRules:"
    claim, prefix = facts.username
    if claim != "sub":
        yield from _rule(NAMES_A_USER.format(prefix=prefix), f"the token has no {claim}")
    yield from _rule(NO_SYSTEM_USER, "a name that begins with system: is Kubernetes' own")
    yield from _rule(NO_SYSTEM_GROUP, "a group that begins with system: is Kubernetes' own")


def _rule(expression: str, message: str, *, why: str = "") -> Iterator[str]:
    if why:
        yield f"  # {why}"
    yield f"  - expression: {_quoted(expression)}"
    yield f"    message: {_quoted(message)}"


def _quoted(text: str) -> str:
    """Quote a text as JSON, which is YAML too, in which nothing of it means anything."""
    return json.dumps(text, ensure_ascii=False)

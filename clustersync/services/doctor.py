"""The doctor: what was pasted of a real cluster, held against what we serve for it. Nothing of it is kept."""

import json
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import requests
from django.conf import settings
from django.utils import timezone

from access.services import require
from accounts.models import User
from accounts.models.users import normalize_email
from accounts.ports.authority import authority
from clustersync.apiserver import ClusterFacts
from clustersync.doctor.diagnosis import Diagnosis
from clustersync.doctor.diagnosis import diagnose as hold_against
from clustersync.doctor.documents import UnreadableDocument
from clustersync.doctor.reading import read
from clustersync.doctor.served import Observed, PublishedKey, Sample, Served
from clustersync.models import Cluster, KeyFetch
from clustersync.services.budget import in_cluster, largest_in
from clustersync.services.clusters import visible_clusters
from clustersync.services.configuration import facts_of
from clustersync.services.own import reaches, reads
from clustersync.services.refusals import webhook_facts
from common import outbound
from common.actors import Actor
from common.errors import Invalid, NotFound, Unavailable
from common.numbers import whole_number
from common.wording import Wording
from tokens.claims import application_claims
from tokens.models import SigningKey
from tokens.models.keys import Algorithm, State
from tokens.services.keys import activates_at
from tokens.services.sizes import within_budget

LONGEST_DOCUMENT = 64 * 1024
SECONDS = 4.0
# Claims that not everybody has.
BY_PERSON = frozenset({"groups", "name", "uid", "gid", "supplementary_groups"})
NOBODY = "somebody@example.invalid"
# What who only reaches a cluster is not told: how its API server fared, and how large others' tokens are.
OF_OTHERS: dict[str, Any] = {
    "fetched_kids": None,
    "fetched_at": None,
    "longest_token": None,
    "webhook_digests": None,
    "webhook_works": False,
}


def diagnose(
    *, actor: Actor, cluster: Cluster, pasted: str, observed: Observed | None = None, person: str = ""
) -> Diagnosis:
    """Hold a paste against the cluster, and its expressions against the token of a person: by default the one who asks.

    Neither stored nor logged; secrets in it are dropped while it is read. NotFound `unknown_person` for one whom the
    actor may not see.
    """
    if not reads(actor, cluster) and not reaches(actor, cluster):
        require(actor, "read", "cluster", cluster.scope)
    samples = samples_of(actor, cluster, person)
    try:
        parsed = read(pasted)
    except UnreadableDocument as error:
        raise Invalid("unreadable", Wording("This can't be read: {error}.", error=error)) from None
    return hold_against(parsed, replace(served_for(actor, cluster), samples=samples), observed or Observed())


def samples_of(actor: Actor, cluster: Cluster, person: str = "") -> list[Sample]:
    """Return sample tokens: of this person as issued now, of somebody in no group, and of an application."""
    user = _person(actor, person)
    if user is None:
        return []
    predicted = in_cluster(user, cluster)
    claims, left_out = within_budget(
        predicted.claims, groups=predicted.groups, cluster=cluster.as_audience(), algorithm=Algorithm.RS256
    )
    nobody = {name: value for name, value in claims.items() if name not in BY_PERSON} | {"email": NOBODY}
    application = application_claims(
        "example", application_id=str(uuid4()), tenant_id=settings.TENANT_ID, in_cluster=True
    )
    whose = {user.email: claims, Wording("somebody in no group"): nobody, Wording("an application"): application}
    signed = _signed(cluster)
    samples = [Sample(name, {**signed, **claims}, is_senders=user == actor) for name, claims in whose.items()]
    return [replace(samples[0], left_out=_told_to(actor, user, left_out)), *samples[1:]]


def _told_to(actor: Actor, user: User, groups: list[str]) -> list[str]:
    """Return the names of somebody's groups; for who may not read a group, that there is one."""
    if actor == user or not groups:
        return groups
    readable = {group.name for group in authority().visible_groups(actor).filter(name__in=groups)}
    hidden = len(set(groups) - readable)
    unnamed = [Wording("{hidden} that you may not read", hidden=hidden)] if hidden else []
    return [*(name for name in groups if name in readable), *unnamed]


def _person(actor: Actor, email: str) -> User | None:
    """Return whom it is about; NotFound for one whom the actor may not see, since claims say who somebody is."""
    if not email:
        return actor if isinstance(actor, User) else None
    email = normalize_email(email)
    if isinstance(actor, User) and actor.email == email:
        return actor
    user = authority().visible_users(actor).filter(email=email).first()
    if user is None:
        raise NotFound("unknown_person", "There is no such person, or none that you may see.")
    return user


def _signed(cluster: Cluster) -> dict[str, object]:
    """Return what every token says."""
    now = int(timezone.now().timestamp())
    ends_at = now + facts_of(cluster).token_seconds
    return {
        "iss": settings.ISSUER,
        "aud": cluster.as_audience().aud,
        "jti": uuid4().hex,
        "iat": now,
        "nbf": now,
        "exp": ends_at,
    }


def served_for(actor: Actor, cluster: Cluster) -> Served:
    facts = facts_of(cluster)
    others = list(visible_clusters(actor).exclude(pk=cluster.pk))
    fetch = KeyFetch.objects.filter(cluster=cluster).first()
    served = Served(
        **_named(facts),
        shared_audience=settings.SHARED_AUDIENCE,
        api_audience=settings.API_AUDIENCE,
        accepts_shared_audience=settings.SHARED_AUDIENCE in facts.audiences,
        webhook_cache_seconds=facts.cache_seconds,
        token_seconds=facts.token_seconds,
        client_id=facts.client_id,
        api_url=facts.api_url,
        discovery_url=facts.discovery_url,
        authority=facts.public_ca,
        other_audiences={other.audience: str(other) for other in others},
        other_uuids={other.uuid: str(other) for other in others},
        algorithms=tuple(Algorithm.values),
        keys=_keys(),
        max_age=int(settings.JWKS_MAX_AGE.total_seconds()),
        published_for=int(settings.NEXT_KEY_PUBLISHED_FOR.total_seconds()),
        fetched_kids=fetch.kids if fetch else None,
        fetched_at=fetch.at if fetch else None,
        **webhook_facts(cluster),
        enabled=cluster.enabled,
        longest_token=max((predicted.bytes for predicted in largest_in(cluster)), default=None),
    )
    return served if reads(actor, cluster) else replace(served, **OF_OTHERS)


def observe() -> Observed:
    """Return how our public address looks from where the server itself stands, within a few seconds."""
    url = f"{settings.ISSUER}/.well-known/openid-configuration"
    ends_at = time.monotonic() + SECONDS
    try:
        with outbound.session() as client:
            outbound.check_url(url)
            with client.get(url, timeout=SECONDS, stream=True) as answer:
                if answer.is_redirect:
                    return Observed(failure="", status=answer.status_code, redirected_to=_host(answer))
                body = outbound.read(answer, most_bytes=LONGEST_DOCUMENT, ends_at=ends_at)
            return _seen(client, answer, body, ends_at)
    except requests.RequestException as error:
        return _failed(outbound.refusal(error, url), error)
    except (Invalid, Unavailable) as refusal:
        return _failed(refusal, refusal)


def _seen(client: requests.Session, answer: requests.Response, body: bytes, ends_at: float) -> Observed:
    document = _object(body)
    jwks, max_age = _keys_at(client, document.get("jwks_uri"), ends_at)
    keys = [key for key in jwks.get("keys", ()) if isinstance(key, dict)] if jwks else None
    return Observed(
        failure="",
        status=answer.status_code,
        is_json=bool(document),
        issuer=str(document["issuer"]) if "issuer" in document else None,
        kids=[str(key.get("kid", "")) for key in keys] if keys is not None else None,
        key_types=[f"{key.get('kty', '')} {key.get('crv', '')}".strip() for key in keys] if keys is not None else None,
        max_age=max_age,
        has_max_age=max_age is not None if keys is not None else None,
        skew=_skew(answer),
    )


def _keys_at(client: requests.Session, url: object, ends_at: float) -> tuple[dict[str, Any] | None, int | None]:
    """Only at our own address: the document may be somebody else's."""
    seconds = ends_at - time.monotonic()
    if not isinstance(url, str) or not url.startswith(f"{settings.PUBLIC_URL}/") or seconds <= 0:
        return None, None
    with client.get(url, timeout=seconds, stream=True) as answer:
        body = outbound.read(answer, most_bytes=LONGEST_DOCUMENT, ends_at=ends_at)
        return _object(body), _max_age(answer.headers.get("Cache-Control", ""))


def _failed(refusal: Invalid | Unavailable, error: Exception) -> Observed:
    if isinstance(refusal, Invalid):
        return Observed()  # our own address is in a network that we don't look into: nothing was measured
    is_tls = isinstance(error, requests.exceptions.SSLError)
    return Observed(failure="tls" if is_tls else "unreachable", why=refusal.message)


def _skew(answer: requests.Response) -> float | None:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return None if theirs.tzinfo is None else (theirs - timezone.now()).total_seconds()


def _max_age(header: str) -> int | None:
    for word in header.split(","):
        name, _, seconds = word.strip().partition("=")
        if name.lower() == "max-age":
            return whole_number(seconds)
    return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _host(answer: requests.Response) -> str:
    return answer.headers.get("Location", "").split("?")[0][:200]


def _named(facts: ClusterFacts) -> dict[str, Any]:
    username, groups = facts.username, facts.groups
    return {
        "origin": facts.origin,
        "issuer": facts.issuer,
        "cluster": facts.name,
        "uuid": facts.uuid,
        "audience": facts.audience,
        "oidc_client_id": facts.oidc_client_id,
        "mode": facts.mode,
        "username_claim": username.claim,
        "username_prefix": username.prefix,
        "groups_claim": groups.claim if groups else "",
        "groups_prefix": groups.prefix if groups else "",
    }


def _keys() -> list[PublishedKey]:
    rows = SigningKey.objects.exclude(state=State.RETIRED)
    return [
        PublishedKey(row.kid, row.state, row.algorithm, activates_at(row) if row.state == State.NEXT else None)
        for row in rows
    ]

"""Answers to the port `accounts.ports.sections`: clusters on pages about a person."""

from django.conf import settings

from accounts.models import User
from accounts.ports.sections import Section
from clustersync.services import budget
from clustersync.services.reached import clusters_reached_by
from clustersync.services.sharing import sharing_clusters_of
from clustersync.services.tokens import LIFETIMES, MOST, clusters_with_tokens_for, tokens_of
from common.downloads import inlined
from tokens.budget import BUDGET

MOST_SHOWN = 100


def own_clusters(*, about: User, reader: User) -> Section | None:
    """List the clusters that they reach, and offer the kubeconfig of all."""
    if about != reader:
        return None
    clusters = list(clusters_reached_by(about).order_by("slug")[: MOST_SHOWN + 1])
    shown = {
        "clusters": clusters[:MOST_SHOWN],
        "more": len(clusters) > MOST_SHOWN,
        "downloadable": any(cluster.api_url for cluster in clusters),
    }
    return Section("clustersync/own_clusters.html", shown)


def command_line(*, about: User, reader: User) -> Section | None:
    """Return how they let kubectl in."""
    if about != reader:
        return None
    context = {
        "origin": settings.PUBLIC_URL,
        "authority": settings.PUBLIC_CA,
        "authority_file": inlined(settings.PUBLIC_CA),
        "sharing": sharing_clusters_of(about)[:MOST_SHOWN],
    }
    return Section("clustersync/command_line.html", context)


def ask_about_oneself(*, about: User, reader: User) -> Section | None:
    """Show users the form that explains their own access."""
    return Section("clustersync/ask_link.html", {}) if about == reader else None


def own_tokens(*, about: User, reader: User) -> Section | None:
    """Their opaque tokens, and what takes a new one."""
    if about != reader:
        return None
    tokens = list(tokens_of(about))
    context = {
        "tokens": tokens,
        "clusters": clusters_with_tokens_for(about)[:MOST_SHOWN],
        "lifetimes": LIFETIMES,
        "most": MOST,
        "full": len(tokens) >= MOST,
    }
    return Section("clustersync/own_tokens.html", context)


def in_clusters(*, about: User, reader: User) -> Section | None:
    """Which groups of theirs each cluster is told of, and how large their tokens for it get."""
    predicted = budget.in_clusters(about, reader=reader)
    if not predicted:
        return None
    shown = {"predicted": predicted[:MOST_SHOWN], "more": len(predicted[MOST_SHOWN:]), "budget": BUDGET}
    return Section("admin/clustersync/in_clusters.html", shown)

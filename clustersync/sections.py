"""What pages of accounts show of clusters; they ask through `accounts.sections`."""

from django.conf import settings

from accounts.models import User
from accounts.sections import Section
from clustersync.services import budget
from clustersync.services.sharing import sharing_clusters_of
from clustersync.services.tokens import LIFETIMES, MOST, clusters_with_tokens_for, tokens_of
from tokens.budget import BUDGET

MOST_SHOWN = 100


def command_line(*, about: User, reader: User) -> Section | None:
    """How they let kubectl in."""
    if about != reader:
        return None
    context = {
        "origin": settings.PUBLIC_URL,
        "authority": settings.PUBLIC_CA,
        "sharing": sharing_clusters_of(about)[:MOST_SHOWN],
    }
    return Section("clustersync/command_line.html", context)


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

"""Port: the facts by which the issuance gate decides, read in one statement.

Wired by the setting TOKENS_FACTS, the dotted path to a function of the shape of `facts_of`
(`runai_identity.adapters.facts.read`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from access.services.standing import Around
from accounts.models import Session
from tokens.models import Application, Grant


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The names in a token or a request. The rows are looked up by them, and compared with them.

    Without a `user_id` the application `client_id` is meant itself, and without a session what rules give the user.
    `audience` is whom the token is for. `groups` asks for the person's groups too, and `holds_client` keeps the row of
    the client until the end of the transaction.
    """

    client_id: str
    user_id: UUID | None = None
    session_id: UUID | None = None
    grant_id: UUID | None = None
    application_id: UUID | None = None
    audience: str = ""
    cluster_id: str = ""
    groups: bool = False
    holds_client: bool = False


@dataclass(frozen=True, kw_only=True)
class InCluster:
    """The facts of the cluster that is asked about; `extra` are groups of somebody's that it lists itself."""

    enabled: bool
    given: Around
    extra_groups: frozenset[str]
    extra: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`grant` has its session, with the user, and its application. What was not found is None.

    `why_cut_off` says what the identity provider that began the session has to do with it (`accounts.ports.providers`).
    """

    asked: Asked
    application: Application | None = None
    session: Session | None = None
    grant: Grant | None = None
    idle_timeout: timedelta = timedelta(0)
    why_cut_off: str = ""
    in_cluster: InCluster | None = None
    groups: tuple[str, ...] = ()


def facts_of(asked: Asked) -> Facts:
    """Read them, by one statement."""
    read: Callable[[Asked], Any] = import_string(settings.TOKENS_FACTS)
    facts: Facts = read(asked)
    return facts

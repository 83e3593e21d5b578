"""Answers to the port `tokens.ports.facts`: what the issuance gate goes by, in one statement.

The statement has the same text each time, so that PostgreSQL plans it once a connection. What the rows mean is decided
by those whose rows they are: `tokens.services.gate`, `access.services.standing`, `sso.adapters.providers`.
"""

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections

from access.assertions import Declared
from access.models import AccessRule, Scope
from access.services.standing import NamingRule, around, declared_groups, filled
from accounts.models import GeneralSettings, Group, Membership, Session, User
from clustersync.models import Cluster
from common.actors import Principal
from common.lookup import Columns, Parameter, Parts, adapted, one_row
from sso.adapters.providers import why_not
from sso.models import IdentityProvider
from tokens.models import Application, Grant
from tokens.ports.facts import Asked, Facts, InCluster

# Without what nobody asks of a principal that the gate admitted; who does nevertheless has it looked up.
KEPT_ELSEWHERE = ("created_by", "created_at", "updated_at", "last_login")
OF_REGISTRATION = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
    "display_name",
    "secret_hash",
    "previous_secret_hash",
    "previous_secret_ends_at",
    "token_endpoint_auth_method",
    "jwks",
    "require_pkce",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
)
CLIENT = Columns(Application, "client", without=(*OF_REGISTRATION, *KEPT_ELSEWHERE))
GRANT = Columns(Grant, "granted", "id", "session", "application", "scope", "audience", "grant_type", "revoked_at")
SESSION = Columns(Session, "session", without=("browser_key", "source_ip", "user_agent"))
PERSON = Columns(User, "person", without=("password", "language", *KEPT_ELSEWHERE))
GENERAL = Columns(GeneralSettings, "general", "id", "idle_timeout_minutes")
PROVIDER = Columns(IdentityProvider, "provider", "id", "alias", "enabled", "privileged", "email_domains", "group_names")
UNTIL_SAVED = GeneralSettings()  # the defaults of its fields
MODELS: tuple[Any, ...] = (
    Application,
    Grant,
    Session,
    User,
    GeneralSettings,
    IdentityProvider,
    Cluster,
    Scope,
    AccessRule,
    Group,
    Membership,
)

OF_PERSON = """
    JOIN {user} AS person ON person.id = session.user_id
    LEFT JOIN {generalsettings} AS general ON general.id = 1
    LEFT JOIN {identityprovider} AS provider ON provider.id = session.provider_id
"""
CLUSTER = """
    LEFT JOIN {cluster} AS cluster ON cluster.scope_id = %s
    LEFT JOIN {scope} AS place ON place.id = cluster.scope_id
"""
# Live rules around the cluster. Both paths end with a slash here, so that no id is taken for the beginning of another.
AROUND = """
    SELECT rule.subject_type AS kind, rule.subject_id AS name, rule.source AS said_by, rule.role_id AS role,
        scope.type AS type, {put_by} AS put_by
    FROM {accessrule} AS rule
    JOIN {scope} AS scope ON scope.id = rule.scope_id
    {subject}
    AND rule.deleted_at IS NULL
    AND (place.path || '/' LIKE scope.path || '/%%' OR scope.path LIKE place.path || '/%%')
"""
NAMED = "kind, name, said_by, role, type, put_by"
OF_NAME = "WHERE rule.subject_type = '{kind}' AND rule.subject_id = {name}"
OF_GROUPS = """
    JOIN {group} AS grp ON grp.name = rule.subject_id
    JOIN {membership} AS member ON member.group_id = grp.id
    WHERE rule.subject_type = 'group' AND member.user_id = person.id
"""
GROUPS = """
    FROM {membership} AS member JOIN {group} AS grp ON grp.id = member.group_id WHERE member.user_id = person.id
"""
EXTRA = """
    FROM {membership} AS member JOIN {group} AS grp ON grp.id = member.group_id
    WHERE member.user_id = person.id AND grp.name IN (SELECT value FROM {listed})
"""
DECLARED = """
    FROM {identityprovider} AS declared WHERE declared.alias = person.source
    OR declared.alias IN (SELECT member.source FROM {membership} AS member WHERE member.user_id = person.id)
"""


class Dialect(NamedTuple):
    """The SQL by which a database writes rows into one JSON value, a JSON column in it, and a list of texts as rows."""

    rows: str
    inner: str
    listed: str
    hold_client: str


DIALECTS = {
    "postgresql": Dialect(
        "(SELECT json_agg(json_build_array({}))::text {})",
        "{}",
        "jsonb_array_elements_text(cluster.extra_groups)",
        " FOR KEY SHARE OF client",
    ),
    "sqlite": Dialect(
        "(SELECT json_group_array(json_array({})) {})", "json({})", "json_each(cluster.extra_groups)", hold_client=""
    ),
}


class FactsWanted(NamedTuple):
    """The parts of a statement beside the rows of the principal, its session and grant, and its client."""

    in_cluster: bool
    groups: bool
    holds_client: bool


class Statement(NamedTuple):
    """Its columns are those of `parts`, then what `_facts` takes off one by one."""

    sql: str
    parts: Parts


def read(asked: Asked) -> Facts:
    wanted = FactsWanted(bool(asked.cluster_id), asked.groups, asked.holds_client)
    cluster: list[Parameter] = [asked.cluster_id] if wanted.in_cluster else []
    if asked.user_id is None:
        statement, given = _of_application(wanted.in_cluster), [*cluster, asked.client_id]
    elif asked.grant_id is not None:
        statement, given = _of_grant(wanted), [*cluster, asked.grant_id]
    elif asked.session_id is not None:
        statement, given = _of_session(wanted), [asked.client_id, *cluster, asked.session_id]
    else:
        statement, given = _of_user(wanted), [*cluster, asked.user_id]
    database = connections[DEFAULT_DB_ALIAS]
    row = one_row(database, statement.sql, [adapted(database, one) for one in given])
    if row is None:
        return Facts(asked=asked)
    rows = dict(zip((one.name for one in statement.parts.columns), statement.parts.of(row), strict=True))
    return _facts(asked, rows, list(row[statement.parts.width :]))


def _facts(asked: Asked, rows: dict[str, Any], more: list[Any]) -> Facts:
    application, session, grant = rows.get("client"), rows.get("session"), rows.get("granted")
    if session is None:
        principal = application or rows["person"]
        return Facts(asked=asked, application=application, in_cluster=_in_cluster(principal, more))
    session.user = user = rows["person"]
    if grant is not None:
        grant.session, grant.application = session, application
    groups = [(name, source) for name, source in _listed(more.pop())] if asked.groups else []
    declared = _declared(more[-1]) if more else {}
    return Facts(
        asked=asked,
        application=application,
        session=session,
        grant=grant,
        idle_timeout=(rows["general"] or UNTIL_SAVED).idle_timeout,
        why_cut_off=why_not(rows["provider"], user) if session.provider_id else "",
        in_cluster=_in_cluster(user, more) if asked.cluster_id else None,
        groups=declared_groups(user, groups, declared),
    )


def _in_cluster(principal: Principal, more: list[Any]) -> InCluster | None:
    if not more or more[0] is None:
        return None
    enabled, listed, namings, extra, providers = more
    declared = _declared(providers)
    return InCluster(
        enabled=bool(enabled),
        given=around(principal, [NamingRule(*one) for one in _listed(namings)], declared),
        extra_groups=frozenset(_listed(listed)),
        extra=filled([(name, source) for name, source in _listed(extra)], declared),
    )


def _declared(providers: str | None) -> dict[str, Declared]:
    return {
        alias: Declared(tuple(domains), tuple(groups), bool(privileged))
        for alias, domains, groups, privileged in _listed(providers)
    }


def _listed(text: str | None) -> list[Any]:
    listed: list[Any] = json.loads(text) if text else []
    return listed


@lru_cache
def _of_application(in_cluster: bool) -> Statement:
    named = OF_NAME.format(kind="app", name="client.client_id")
    around_ = AROUND.replace("{put_by}", "''").replace("{subject}", named)
    columns = f"cluster.enabled, cluster.extra_groups, {_rows(NAMED, around_)}, NULL, NULL" if in_cluster else ""
    tables = "{application} AS client" + (CLUSTER if in_cluster else "")
    return _statement(Parts(CLIENT), columns, tables, "client.client_id = %s")


@lru_cache
def _of_user(wanted: FactsWanted) -> Statement:
    return _of_person(Parts(PERSON), "{user} AS person", "person.id = %s", wanted)


@lru_cache
def _of_session(wanted: FactsWanted) -> Statement:
    # A row that an outer join may not find can't be held.
    join = "JOIN" if wanted.holds_client else "LEFT JOIN"
    tables = "{session} AS session " + join + " {application} AS client ON client.client_id = %s" + OF_PERSON
    where = "session.id = %s" + (DIALECTS[connection.vendor].hold_client if wanted.holds_client else "")
    return _of_person(Parts(CLIENT, SESSION, PERSON, GENERAL, PROVIDER), tables, where, wanted)


@lru_cache
def _of_grant(wanted: FactsWanted) -> Statement:
    tables = (
        "{grant} AS granted JOIN {application} AS client ON client.id = granted.application_id"
        " JOIN {session} AS session ON session.id = granted.session_id" + OF_PERSON
    )
    return _of_person(Parts(CLIENT, GRANT, SESSION, PERSON, GENERAL, PROVIDER), tables, "granted.id = %s", wanted)


def _of_person(parts: Parts, tables: str, where: str, wanted: FactsWanted) -> Statement:
    dialect, columns = DIALECTS[connection.vendor], []
    domains, groups = (dialect.inner.format(f"declared.{name}") for name in ("email_domains", "group_names"))
    if wanted.in_cluster:
        named = OF_NAME.format(kind="user", name="person.email")
        by_name = AROUND.replace("{put_by}", "''").replace("{subject}", named)
        by_group = AROUND.replace("{put_by}", "member.source").replace("{subject}", OF_GROUPS)
        columns += ["cluster.enabled", "cluster.extra_groups", _rows(NAMED, f"{by_name} UNION ALL {by_group}")]
        columns += [dialect.rows.format("grp.name, member.source", EXTRA)]
        tables += CLUSTER
    if wanted.in_cluster or wanted.groups:
        columns += [dialect.rows.format(f"declared.alias, {domains}, {groups}, declared.privileged", DECLARED)]
    if wanted.groups:
        columns += [dialect.rows.format("grp.name, member.source", GROUPS)]
    return _statement(parts, ", ".join(columns), tables, where)


def _rows(columns: str, select: str) -> str:
    return DIALECTS[connection.vendor].rows.format(columns, f"FROM ({select}) AS named")


def _statement(parts: Parts, columns: str, tables: str, where: str) -> Statement:
    names = {str(model._meta.model_name): connection.ops.quote_name(model._meta.db_table) for model in MODELS}
    listed = DIALECTS[connection.vendor].listed
    selected = f"{parts.sql}, {columns}" if columns else parts.sql
    sql = f"SELECT {selected} FROM {tables} WHERE {where}"  # noqa: S608  names of ours alone
    # Without indentation: what is longer than 4,096 characters psycopg takes apart again each time.
    return Statement(" ".join(sql.format(**names, listed=listed).split()), parts)

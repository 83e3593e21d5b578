"""Very many rows of every list, by one statement of PostgreSQL a table: seconds for a million."""

from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

from access.models import TENANT_ID, AccessRule, Scope
from accounts.models import Group, Membership, Session, User
from audit.models import Event
from clustersync.models import Cluster
from common.lookup import fields_of
from common.postgresql.base import without_timeouts
from sso.models import Identity, IdentityProvider
from tokens.models import Application, Consent

# Of 100,000 people: 1,000 clusters with 4,000 departments and 20,000 projects, 1,000,000 rules and audit entries.
PER_CLUSTER, DEPARTMENTS, PROJECTS, RULES, EVENTS = 100, 4, 20, 10, 10
AGO = "now() - (n % 7919) * interval '1 minute'"


def fill(people: int) -> None:
    """Add so many people, and the rest of their organisation. The foreign keys fit, and aren't checked."""
    with without_timeouts(connection), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        _fill(people)
        cursor.execute("RESET session_replication_role")
        cursor.execute("ANALYZE")


def _fill(people: int) -> None:
    clusters = people // PER_CLUSTER
    groups, projects = people // 10, clusters * PROJECTS
    words = "(ARRAY['vision','speech','robotics','genomics','climate','physics','finance'])[1 + n % 7]"
    insert(
        User,
        people,
        id=_uuid("1", "n"),
        email="'p' || n || '@example.com'",
        first_name="'First' || n % 1000",
        last_name="'Last' || n % 5000",
        last_login=f"CASE WHEN n % 3 = 0 THEN NULL ELSE {AGO} END",
        is_local="n % 2 = 0",
        created_by="'admin' || n % 10",
    )
    insert(Group, groups, id=_uuid("2", "n"), name="'team-' || n", description=f"'People of ' || {words}")
    insert(Membership, people, group_id=_uuid("2", f"n % {groups} + 1"), user_id=_uuid("1", "n"))
    insert(
        Session,
        people,
        id=_uuid("3", "n"),
        user_id=_uuid("1", "n"),
        kind="'browser'",
        method="'pwd'",
        source_ip="('10.0.' || n % 256 || '.' || n % 199)::inet",
        expires_at="now() + interval '1 day'",
    )
    _tree(clusters, projects)
    insert(
        AccessRule,
        people * RULES,
        subject_type="CASE n % 10 WHEN 0 THEN 'group' WHEN 1 THEN 'app' ELSE 'user' END",
        subject_id=f"CASE n % 10 WHEN 0 THEN 'team-' || n % {groups} ELSE 'p' || n % {people} || '@example.com' END",
        role_id="2 + n % 5",
        scope_id=f"'b' || (n + n / {groups}) % {projects} + 1",
        created_by="'admin' || n % 10",
    )
    _others(people, clusters)


def insert(model: type[Model], count: int, **given: str) -> None:
    """Insert `count` rows: an expression over `n` for a column, else the field's default, else an empty value."""
    columns = {one.column: given.pop(one.column, "") or _usual(one) for one in fields_of(model) if not one.generated}
    if given:
        raise ValueError(f"{model.__name__} has no {', '.join(given)}.")
    columns = {name: value for name, value in columns.items() if value}
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    values = ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({quoted}) SELECT {values} FROM generate_series(1, {count}) AS n"  # noqa: S608  names and expressions of ours
        )


def _usual(field: Any) -> str:
    kind = field.get_internal_type()
    if kind.endswith("AutoField"):
        return ""
    if kind == "DateTimeField":
        return "NULL" if field.null else AGO
    if field.null:
        return "NULL"
    return _literal(field) if field.has_default() else "''"


def _literal(field: Any) -> str:
    value = field.get_db_prep_save(field.get_default(), connection)
    return sql.Literal(str(value) if isinstance(value, str) else value).as_string(connection.connection)


def _uuid(kind: str, number: str) -> str:
    return f"('{kind}0000000-0000-4000-8000-' || lpad(({number})::text, 12, '0'))::uuid"


def _tree(clusters: int, projects: int) -> None:
    top = f"'0/{TENANT_ID}/c'"
    departments = clusters * DEPARTMENTS
    cluster_of_department = f"((n - 1) / {DEPARTMENTS} + 1)"
    department_of_project = f"((n - 1) % {departments} + 1)"
    cluster_of_project = f"(({department_of_project} - 1) / {DEPARTMENTS} + 1)"
    insert(
        Scope,
        clusters,
        id="'c' || n",
        type="'cluster'",
        name="'site-' || n",
        parent_id=f"'{TENANT_ID}'",
        path=f"{top} || n",
    )
    insert(
        Scope,
        departments,
        id="'d' || n",
        type="'department'",
        name="'department-' || n",
        parent_id=f"'c' || {cluster_of_department}",
        path=f"{top} || {cluster_of_department} || '/d' || n",
    )
    insert(
        Scope,
        projects,
        id="'b' || n",
        type="'project'",
        name="'project-' || n",
        parent_id=f"'d' || {department_of_project}",
        path=f"{top} || {cluster_of_project} || '/d' || {department_of_project} || '/b' || n",
    )


def _others(people: int, clusters: int) -> None:
    insert(Cluster, clusters, scope_id="'c' || n", slug="'site-' || n", audience="'runai-site-' || n")
    insert(Application, clusters, id=_uuid("4", "n"), name="'app-' || n", client_id="'app-' || n")
    insert(Consent, people, user_id=_uuid("1", "n"), application_id=_uuid("4", f"n % {clusters} + 1"))
    provider = IdentityProvider.objects.create(name="Corp", alias="corp")
    insert(
        Identity,
        people,
        provider_id=str(provider.pk) if isinstance(provider.pk, int) else f"'{provider.pk}'",
        issuer="'https://corp.example.com'",
        subject="'s' || n",
        user_id=_uuid("1", "n"),
        email="'p' || n || '@example.com'",
    )
    insert(
        Event,
        people * EVENTS,
        action="(ARRAY['user:update','token:issue','session:sign-in','group:create','access_rule:grant'])[1 + n % 5]",
        result="CASE WHEN n % 9 = 0 THEN 'Failed' ELSE 'Succeeded' END",
        subject_type="'User'",
        subject=f"'p' || n % {people} || '@example.com'",
        subject_id=f"{_uuid('1', f'n % {people} + 1')}::text",
        entity_type="(ARRAY['User','Group','Session'])[1 + n % 3]",
        entity_name=f"'e' || n % {people}",
        entity_id=f"{_uuid('2', f'n % {people} + 1')}::text",
        source_ip="('10.0.' || n % 256 || '.' || n % 199)::inet",
        http_method="'POST'",
        url="'/api/v1/token'",
    )

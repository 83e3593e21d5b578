"""Search for a part of a text: conditions that an index answers, and PostgreSQL's trigram indexes for them.

Where the extension pg_trgm is missing, and on SQLite, the same conditions read the whole table.
"""

import re
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction
from django.db.models import GenericIPAddressField, Model, Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from common.lookup import fields_of

MOST_RELATED = 2000
_IN_ADDRESSES = re.compile(r"[0-9A-Fa-f.:]+")
M = TypeVar("M", bound=Model)


def containing(model: type[Model], paths: tuple[str, ...], text: str) -> Q:
    """Return the condition that one of the fields contains the text, which may be one field of a related row.

    No index answers a condition on two tables. So related rows are looked up first, unless very many contain the text:
    then the rows of a page are soon found by reading them in their order.
    """
    found = Q(pk__in=())
    for path in paths:
        relation, _, name = path.rpartition("__")
        if relation:
            found |= _of_related(model, relation, name, text)
        elif _may_contain(model, name, text):
            found |= Q(**{f"{name}__icontains": text})
    return found


def _may_contain(model: type[Model], name: str, text: str) -> bool:
    """Return False for an IP address, which has no index of this kind, and a text that no address contains."""
    address = isinstance(model._meta.get_field(name), GenericIPAddressField)
    return not address or _IN_ADDRESSES.fullmatch(text) is not None


def _of_related(model: type[Model], relation: str, name: str, text: str) -> Q:
    related: Any = model._meta.get_field(relation).related_model
    rows = related._default_manager.filter(**{f"{name}__icontains": text}).order_by()
    keys = list(rows.values_list("pk", flat=True)[: MOST_RELATED + 1])
    many = len(keys) > MOST_RELATED
    return Q(**{f"{relation}__{name}__icontains": text}) if many else Q(**{f"{relation}__in": keys})


def words_found(rows: QuerySet[M], paths: tuple[str, ...], term: str) -> QuerySet[M]:
    """Return the rows of which some field contains each word, or phrase in quotation marks, as in Django."""
    for word in smart_split(term):
        text = unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] else word
        rows = rows.filter(containing(rows.model, paths, text))
    return rows


def index_texts(model: type[Model], fields: tuple[str, ...]) -> None:
    """Make the trigram index of these fields, in the form in which Django compares them, unless it is there."""
    table = model._meta.db_table
    name = f"{table}_trigrams"
    quoted = connection.ops.quote_name
    columns = ", ".join(
        f"UPPER({quoted(one.column)}::text) gin_trgm_ops" for one in fields_of(model) if one.name in fields
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone() == (None,):
            cursor.execute(f"CREATE INDEX {quoted(name)} ON {quoted(table)} USING gin ({columns})")
            cursor.execute(f"ANALYZE {quoted(table)}")


def has_trigrams() -> bool:
    """Return True where PostgreSQL has the extension pg_trgm, or lets this role add it."""
    if connection.vendor != "postgresql":
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:  # refused to this role, or not installed
        return False
    return True

"""A search for a part of a text is answered by an index, where PostgreSQL has trigrams, and finds the same anywhere."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Model, Q
from django.utils import timezone

from accounts.models import Group, Membership, Session
from common import searching
from common.searching import containing, words_found
from runai_identity.search_indexes import SEARCHED, make_search_indexes
from tests import cast
from tests.admin.walking import lists
from tests.lists.plans import APIS, SHORT

FIELDS = ("user__email", "group__name", "source")
# Sessions are also found by an address, and access rules and the audit log by whole names (docs/sizing.md).
ELSEWHERE = {"source_ip", "role_name"}


def searched() -> Iterator[tuple[type[Model], str]]:
    """Yield each field by which a long list is searched."""
    for page in lists().values():
        if not hasattr(page, "newest_by"):
            yield from (_field(page.model, path) for path in page.search_fields)
    for path, fields in APIS.items():
        if not path.startswith("/api/v1/audit"):
            model = next(model for model in SEARCHED if model.__name__.lower() in MODELS[path])
            yield from (_field(model, one) for one in fields.searched if one not in ELSEWHERE)


MODELS = {
    "/api/v1/users": "user",
    "/api/v1/groups": "group",
    "/api/v1/authorization/access-rules": "accessrule",
    "/api/v1/org-unit/projects": "scope",
    "/api/v1/org-unit/departments": "scope",
}


def _field(model: type[Model], path: str) -> tuple[type[Model], str]:
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return model._meta.concrete_model or model, name


def test_each_text_that_a_long_list_is_searched_for_has_an_index() -> None:
    wanted = {one for one in searched() if one[0]._meta.model_name not in SHORT and one[1] not in ELSEWHERE}

    assert wanted == {(model, field) for model, fields in SEARCHED.items() for field in fields}


@pytest.mark.django_db
def test_the_index_is_of_what_django_compares() -> None:
    if not make_search_indexes():
        pytest.skip("of PostgreSQL with pg_trgm")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    for model, fields in SEARCHED.items():
        for field in fields:
            plan = model._default_manager.filter(**{f"{field}__icontains": "part"}).order_by().explain(format="json")
            assert f'"{model._meta.db_table}_trigrams"' in json.dumps(json.loads(plan)), (model, field)


@pytest.mark.django_db
def test_they_are_made_once() -> None:
    assert make_search_indexes() == make_search_indexes()


@pytest.mark.django_db
@pytest.mark.parametrize("most", [0, 1, 50])
@pytest.mark.parametrize("text", ["ada", "EXAMPLE", "team", "nobody", "corp", "%", "_"])
def test_related_rows_are_found_be_they_few_or_many(text: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_RELATED", most)
    people = [cast.person(name) for name in ("ada", "adam", "bob")]
    for name, source in (("team-a", ""), ("crew_b", "corp")):
        group = cast.make_group(name)
        for user in people:
            Membership.objects.create(group=group, user=user, source=source)
    every = list(Membership.objects.select_related("user", "group"))
    wanted = {one.pk for one in every if any(text.lower() in t for t in (one.user.email, one.group.name, one.source))}

    assert set(Membership.objects.filter(containing(Membership, FIELDS, text)).values_list("pk", flat=True)) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize(("term", "found"), [("ada x", 1), ('"ada x"', 0), ("'x y'", 1), ('"', 1), ("ada nobody", 0)])
def test_each_word_has_to_be_found(term: str, found: int) -> None:
    Group.objects.create(name="ada", description="x y")

    assert words_found(Group.objects.all(), ("name", "description"), term).count() == found


@pytest.mark.django_db
def test_an_address_is_looked_at_for_what_an_address_contains() -> None:
    later = timezone.now() + timedelta(days=1)
    session = Session.objects.create(user=cast.person("ada"), kind="browser", source_ip="10.0.7.9", expires_at=later)

    assert list(words_found(Session.objects.all(), ("source_ip",), "10.0.7")) == [session]
    assert containing(Session, ("source_ip",), "p77") == Q(pk__in=())

"""A list is sorted along an index, so that a page doesn't cost more with more rows. PostgreSQL tells its plans."""

import pytest
from django.conf import settings

from access.models import AccessRule
from accounts.models import User
from tests import cast
from tests.conftest import APIAs
from tests.lists.plans import SORTED, pages, selected, steps, steps_to

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("postgres" not in settings.DATABASES["default"]["ENGINE"], reason="of PostgreSQL alone"),
]


def test_each_column_of_the_admin_leads_an_index(ada: User) -> None:
    asked = {address: shown.queryset[:100] for address, shown in pages(ada) if not hasattr(shown, "newest")}

    assert len(asked) > 20
    assert [address for address, rows in asked.items() if "Sort" in steps_to(rows)] == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_each_sort_by_of_the_api_leads_an_index(ada: User, api_as: APIAs, tree: cast.Tree, order: str) -> None:
    AccessRule.objects.bulk_create(
        AccessRule(
            subject_type="user", subject_id=f"p{n}@example.com", role_id=cast.role_id("Viewer"), scope=tree.faces
        )
        for n in range(3)
    )
    client = api_as(ada)
    size = {"/api/v1/audit/log": "numberOfSamples"}
    asked = {
        (path, name): selected(client, f"{path}?sortBy={name}&sortOrder={order}&{size.get(path, 'limit')}=7")
        for path, name in SORTED
    }

    assert all(asked.values())
    assert [one for one, statements in asked.items() if any("Sort" in steps(sql) for sql in statements)] == []

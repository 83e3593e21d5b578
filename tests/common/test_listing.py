import pytest
from django.http import QueryDict

from accounts.models import User
from common.errors import Invalid
from common.listing import Fields, narrow, page
from tests.cast import person

FIELDS = Fields(
    sortable={"username": "email", "createdAt": "created_at"},
    filterable={"username": "email", "isLocal": "is_local", "createdAt": "created_at"},
    searched=("email", "first_name"),
    default_sort="email",
)


@pytest.fixture
def people(db: None) -> None:
    person("ann")
    person("bert", is_local=False)
    person("carl")


def names(query: str) -> list[str]:
    params = QueryDict(query)
    return [user.first_name for user in page(narrow(User.objects.all(), params, FIELDS), params, FIELDS)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ann", "Bert", "Carl"]),
        ("sortBy=username&sortOrder=desc", ["Carl", "Bert", "Ann"]),
        ("limit=1&offset=1", ["Bert"]),
        ("filterBy=username==ann@example.com", ["Ann"]),
        ("filterBy=username!=ann@example.com", ["Bert", "Carl"]),
        ("filterBy=username=@r", ["Bert", "Carl"]),
        ("filterBy=username!@r", ["Ann"]),
        ("filterBy=username=^b", ["Bert"]),
        ("filterBy=username=$.com,isLocal==true", ["Ann", "Carl"]),
        ("filterBy=createdAt>=2020-01-01T00:00:00Z", ["Ann", "Bert", "Carl"]),
        ("search=bert", ["Bert"]),
        ("search=%25", []),
    ],
)
def test_it_selects(people: None, query: str, expected: list[str]) -> None:
    assert names(query.replace("+", "%2B")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=ten",
        "limit=%D9%A3",
        "offset=99999999999",
        "sortBy=password",
        "sortOrder=up",
        "filterBy=password==x",
        "filterBy=username",
        "filterBy=username~x",
        "filterBy=isLocal==maybe",
        "filterBy=isLocal=@t",
        "filterBy=createdAt>=yesterday",
        "filterBy=createdAt=@2",
        "filterBy=username==a%00b",
        "search=a%00b",
    ],
)
def test_it_refuses(people: None, query: str) -> None:
    with pytest.raises(Invalid):
        names(query)


@pytest.mark.parametrize(("query", "named"), [("password==x", "not filtered by password"), ("username", "name==value")])
def test_it_says_which_condition_is_refused(people: None, query: str, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        names(f"filterBy={query}")


def test_it_breaks_ties_so_that_pages_never_overlap(people: None) -> None:
    pages = [names(f"sortBy=createdAt&limit=1&offset={offset}")[0] for offset in range(3)]

    assert sorted(pages) == ["Ann", "Bert", "Carl"]

import pytest

from accounts.models import Group, User
from tests.conftest import APIAs

pytestmark = pytest.mark.django_db
URL = "/api/v1/users"
PUBLISHED = {"id", "username", "createdBy", "createdAt", "updatedAt", "lastLogin", "isLocal", "groups"}


@pytest.fixture
def everybody(ada: User, alice: User, bob: User, charlie: User, researchers: Group) -> list[str]:
    return ["ada@example.com", "alice@example.com", "bob@example.com", "charlie@example.com"]


def test_it_lists_everybody_as_a_bare_array(ada: User, everybody: list[str], api_as: APIAs) -> None:
    users = api_as(ada).get(URL).json()

    assert [user["username"] for user in users] == everybody
    assert {"id", "username", "createdBy", "createdAt", "updatedAt", "lastLogin", "isLocal", "groups"} <= users[
        0
    ].keys()
    assert users[2]["groups"] == ["researchers"]
    assert users[0]["createdAt"].endswith("Z")


def test_it_shows_an_editor_whom_the_rules_of_the_project_name(
    alice: User, everybody: list[str], api_as: APIAs
) -> None:
    users = api_as(alice).get(URL).json()

    assert [user["username"] for user in users] == ["alice@example.com", "bob@example.com"]


def test_it_hides_that_others_exist(alice: User, charlie: User, api_as: APIAs) -> None:
    hidden = api_as(alice).get(f"{URL}/{charlie.pk}")
    missing = api_as(alice).get(f"{URL}/00000000-0000-4000-8000-000000000000")

    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()


def test_it_refuses_who_reads_users_nowhere(charlie: User, api_as: APIAs) -> None:
    for path in (URL, f"{URL}/count", f"{URL}/{charlie.pk}"):
        assert api_as(charlie).get(path).status_code == 403


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filterBy=username==ALICE@example.com", "alice"),
        ("filterBy=username=@li@,isLocal==true", ""),
        ("filterBy=username=@li,isLocal==true", "alice charlie"),
        ("filterBy=isLocal==false", ""),
        ("filterBy=creationTime>=2100-01-01T00:00:00Z", ""),
        ("filterBy=enabled==false", "bob"),
        ("filterBy=lastLogin==never", "ada charlie"),
        ("filterBy=lastLogin!=never,lastLogin<=2026-02-01", "alice"),
        ("search=char", "charlie"),
        ("sortBy=username&sortOrder=desc&limit=2", "charlie bob"),
        ("offset=3", "charlie"),
    ],
)
def test_it_filters_and_pages(query: str, names: str, ada: User, everybody: list[str], api_as: APIAs) -> None:
    for name, moment in (("alice", "2026-01-31T12:00:00Z"), ("bob", "2026-03-01T12:00:00Z")):
        User.objects.filter(email=f"{name}@example.com").update(last_login=moment, enabled=name != "bob")

    users = api_as(ada).get(f"{URL}?{query}").json()

    assert [user["username"].partition("@")[0] for user in users] == names.split()


@pytest.mark.parametrize(
    "query",
    [
        "filterBy=password==x",
        "filterBy=username",
        "filterBy=creationTime==noon",
        "sortBy=password",
        "limit=0",
        "enabled=false",
        "filterBy=lastLogin<=never",
        "filterBy=creationTime==never",
        "limit=501",
        "offset=-1",
        "sortOrder=up",
    ],
)
def test_it_refuses_other_questions(query: str, ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}?{query}").status_code == 400


def test_it_counts_what_it_would_list(ada: User, everybody: list[str], api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}/count").json() == {"count": 4}
    assert api_as(ada).get(f"{URL}/count?search=char").json() == {"count": 1}


def test_it_asks_the_database_as_often_for_many_as_for_few(
    ada: User, everybody: list[str], api_as: APIAs, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(10):  # type: ignore[operator]  # pytest-django's own fixture type is private
        api_as(ada).get(URL)


def test_it_never_shows_a_password(ada: User, api_as: APIAs) -> None:
    body = api_as(ada).get(URL).content.decode()

    assert ada.password not in body and "assword" not in body

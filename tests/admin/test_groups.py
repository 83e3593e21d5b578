import pytest
from django.test import Client

from access.models import ROOT_ID, Scope
from accounts.models import Group, Membership, User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs

GROUPS = "/admin/accounts/group/"
MEMBERS = "/admin/accounts/membership/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def test_it_creates_a_group(admin: Client) -> None:
    admin.post(f"{GROUPS}add/", {"name": "annotators", "description": "Label images"})

    assert Group.objects.get(name="annotators").created_by == "ada@example.com"
    assert Event.objects.filter(action="group:create", entity_name="annotators").exists()


@pytest.mark.parametrize("name", ["system:masters", "RESEARCHERS", ""])
def test_it_shows_why_a_name_is_refused(admin: Client, researchers: Group, name: str) -> None:
    page = admin.post(f"{GROUPS}add/", {"name": name, "description": "typed"}).content.decode()

    assert "errornote" in page
    assert 'value="typed"' in page
    assert Group.objects.count() == 1


def test_it_changes_the_description_and_never_the_name(admin: Client, researchers: Group) -> None:
    admin.post(f"{GROUPS}{researchers.pk}/change/", {"name": "others", "description": "They find out"})

    researchers.refresh_from_db()
    assert (researchers.name, researchers.description) == ("researchers", "They find out")


def test_it_adds_a_member_from_the_groups_page(admin: Client, researchers: Group, charlie: User) -> None:
    assert f"{MEMBERS}add/?group={researchers.pk}" in admin.get(f"{GROUPS}{researchers.pk}/change/").content.decode()

    admin.post(f"{MEMBERS}add/", {"group": str(researchers.pk), "user": str(charlie.pk)})

    assert Membership.objects.filter(group=researchers, user=charlie).exists()
    assert Event.objects.get(action="group:member:add").metadata == {"user": "charlie@example.com"}


def test_it_removes_the_chosen_members_and_leaves_the_rest(admin: Client, bob: User, charlie: User) -> None:
    group = cast.make_group("pair", bob, charlie)
    of_bob = Membership.objects.get(user=bob)

    admin.post(MEMBERS, {"action": "delete_selected", "confirmed": "yes", "_selected_action": [of_bob.pk]})

    assert list(group.members.all()) == [charlie]
    assert Event.objects.get(action="group:member:remove").metadata == {"user": "bob@example.com"}


def test_it_gives_nobody_more_than_one_holds(tree: cast.Tree, admin: Client, ada: User, researchers: Group) -> None:
    cast.rule("group", "researchers", "System administrator", Scope.objects.get(pk=ROOT_ID))

    page = admin.post(f"{MEMBERS}add/", {"group": str(researchers.pk), "user": str(ada.pk)}).content.decode()

    assert "This gives more than you hold yourself" in page
    assert not Membership.objects.filter(user=ada).exists()


def test_it_shows_the_members_of_one_group(admin: Client, researchers: Group, charlie: User) -> None:
    cast.make_group("others", charlie)

    page = admin.get(f"{MEMBERS}?group__id__exact={researchers.pk}").content.decode()

    assert "bob@example.com" in page
    assert "charlie@example.com" not in page


def test_it_deletes_a_group_and_keeps_its_members(admin: Client, researchers: Group, bob: User) -> None:
    admin.post(f"{GROUPS}{researchers.pk}/delete/", {"post": "yes"})

    assert not Group.objects.exists()
    assert User.objects.filter(pk=bob.pk).exists()

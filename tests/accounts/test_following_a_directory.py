"""What a directory says of somebody's groups: it answers for what it gave, and for nothing that others give."""

from collections.abc import Callable

import pytest

from access.services import administrators
from accounts.models import Group, Membership, User
from accounts.services.groups import Followed, follow_directory, leaves_groups
from audit.models import Event
from sso.models import IdentityProvider
from tests import cast

pytestmark = pytest.mark.either_database

HERE, CORP, PARTNER = "", "corp", "partner"


@pytest.fixture
def member(alice: User) -> User:
    """By hand in one group, by two directories in others."""
    given = {"by-hand": HERE, "by-corp": CORP, "by-corp-too": CORP, "by-partner": PARTNER, "by-partner-too": PARTNER}
    for name, source in given.items():
        Membership.objects.create(group=Group.objects.create(name=name), user=alice, source=source)
    return alice


def sources(user: User) -> dict[str, str]:
    return dict(Membership.objects.filter(user=user).values_list("group__name", "source"))


def recorded() -> dict[str, object]:
    event = Event.objects.get(action="user:groups:follow")
    assert event.subject == "system" and event.metadata["source"] == CORP
    return {name: event.metadata[name] for name in ("added", "removed", "void_before", "said")}


def test_it_takes_away_what_it_gave_and_says_no_more_and_leaves_what_others_gave(member: User) -> None:
    followed = follow_directory(user=member, source=CORP, names=["new", "by-corp"], said="listed")

    assert followed == Followed(added=["new"], removed=["by-corp-too"], left_out=[], kept=[])
    expected = {"by-hand": HERE, "by-corp": CORP, "new": CORP, "by-partner": PARTNER, "by-partner-too": PARTNER}
    assert sources(member) == expected
    assert recorded() == {"added": ["new"], "removed": ["by-corp-too"], "void_before": [], "said": "listed"}


def only(*sayable: tuple[str, str]) -> Callable[[str, str], bool]:
    return lambda source, name: (source, name) in sayable


def test_it_takes_over_what_another_may_say_no_more(member: User) -> None:
    names = ["by-partner", "by-partner-too", "by-corp", "by-corp-too"]

    followed = follow_directory(user=member, source=CORP, names=names, may_say=only((PARTNER, "by-partner-too")))

    assert followed == Followed(added=[], removed=[], left_out=[], kept=[])
    assert sources(member)["by-partner"] == CORP
    assert sources(member)["by-partner-too"] == PARTNER
    assert recorded()["void_before"] == ["by-partner"]


def test_what_it_takes_over_it_can_take_away_next_time(member: User) -> None:
    keeps = ["by-corp", "by-corp-too"]
    follow_directory(user=member, source=CORP, names=[*keeps, "by-partner"], may_say=only())

    assert follow_directory(user=member, source=CORP, names=keeps).removed == ["by-partner"]


def test_it_takes_over_nothing_that_was_given_by_hand_or_that_it_does_not_name(member: User) -> None:
    names = ["by-hand", "by-corp", "by-corp-too"]

    follow_directory(user=member, source=CORP, names=names, may_say=only())

    assert sources(member)["by-hand"] == HERE
    assert sources(member)["by-partner"] == sources(member)["by-partner-too"] == PARTNER


def test_who_may_still_say_it_is_asked_of_others_alone(member: User) -> None:
    asked: list[tuple[str, str]] = []

    def may_say(source: str, name: str) -> bool:
        asked.append((source, name))
        return True

    follow_directory(user=member, source=CORP, names=["by-hand", "by-corp", "by-partner"], may_say=may_say)

    assert asked == [(PARTNER, "by-partner")]
    assert sources(member)["by-partner"] == PARTNER


def test_without_a_word_on_it_others_may_go_on_to_say_what_they_said(member: User) -> None:
    follow_directory(user=member, source=CORP, names=["by-partner", "by-corp", "by-corp-too"])

    assert sources(member)["by-partner"] == PARTNER


def test_where_nothing_changes_nothing_is_recorded(member: User) -> None:
    followed = follow_directory(user=member, source=CORP, names=["by-corp", "by-corp-too"])

    assert followed == Followed(added=[], removed=[], left_out=[], kept=[])
    assert not Event.objects.filter(action="user:groups:follow").exists()


@pytest.fixture
def last_administrator(member: User, tree: cast.Tree) -> User:
    """By a group that a directory put them into, which may say so."""
    IdentityProvider.objects.create(
        alias=CORP, type="saml", name="Corp", enabled=True, privileged=True, email_domains=["*"], group_names=["*"]
    )
    cast.rule("group", "by-corp", "System administrator", tree.tenant)
    assert list(administrators()) == [member]
    return member


@pytest.mark.parametrize("names", [[], ["new"]])
def test_the_last_administrator_keeps_the_group_they_are_one_by_and_no_other(
    last_administrator: User, names: list[str]
) -> None:
    followed = follow_directory(user=last_administrator, source=CORP, names=names)

    assert followed == Followed(added=names, removed=["by-corp-too"], left_out=[], kept=["by-corp"])
    assert sources(last_administrator)["by-corp"] == CORP
    assert "by-corp-too" not in sources(last_administrator)


def test_groups_that_were_not_there_are_made_once_and_recorded(member: User) -> None:
    names = ["zoo", "ants", "by-corp", "by-corp-too"]
    follow_directory(user=member, source=CORP, names=names)
    follow_directory(user=member, source=CORP, names=names)

    made = Event.objects.get(action="group:create")
    assert made.metadata == {"names": ["ants", "zoo"], "source": CORP}
    assert {one.created_by for one in Group.objects.filter(name__in=["ants", "zoo"])} == {CORP}


@pytest.mark.parametrize(
    ("names", "leaves"), [(["by-corp", "by-corp-too"], False), (["by-corp"], True), (["by-corp-too", "new"], True)]
)
def test_it_is_known_beforehand_whether_it_takes_something_away(member: User, names: list[str], leaves: bool) -> None:
    assert leaves_groups(user=member, source=CORP, names=names) is leaves

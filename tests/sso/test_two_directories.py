"""One account that two directories know: a group that one may say no more goes by the word of the other."""

from collections.abc import Iterator

import pytest

from accounts.models import Membership
from common.actors import SYSTEM
from sso.models import Identity
from sso.services.identities import link_identity
from tests import cast
from tests.sso.directory import Directory, user_of
from tests.sso.op import OP

EVERYTHING = {"email_domains": ["*"], "group_names": ["*"]}


@pytest.fixture
def one(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op, "one", **EVERYTHING)


@pytest.fixture
def two(one: Directory) -> Iterator[Directory]:
    """Linked with the account that the first one made."""
    op = OP()
    directory = Directory(op, "two", **EVERYTHING)
    one.sign_in(groups=[])
    directory.sign_in(sub="j-2")
    link_identity(actor=SYSTEM, identity=Identity.objects.get(subject="j-2"))
    yield directory
    op.close()


# Sign-ins in their order, as `directory: groups`, and by whose word the person is in which group in the end.
# `-` declares no group of the first one's any more.
HISTORIES = {
    "1:a 2:b": {"a": "one", "b": "two"},
    "1:a 2:a": {"a": "one"},
    "1:a 2:a 2:": {"a": "one"},
    "1:a - 2:a": {"a": "two"},
    "1:a - 2:": {"a": "one"},
    "1:a - 2:a 1:a": {"a": "two"},
    "1:a - 2:a 2:": {},
    "1:a 2:a - 1:": {},
    "1:h - 2:h": {"h": ""},
    "1: 2:": {},
}


@pytest.mark.parametrize("history", HISTORIES)
def test_a_group_goes_by_a_word_that_counts(one: Directory, two: Directory, history: str) -> None:
    by_hand = cast.make_group("h", *([user_of()] if "h" in history else []))

    for number, _, groups in (entry.partition(":") for entry in history.split()):
        match number:
            case "1":
                one.sign_in(groups=list(groups))
            case "2":
                two.sign_in(sub="j-2", groups=list(groups))
            case _:
                one.change(group_names=[])

    found = Membership.objects.filter(user=user_of()).values_list("group__name", "source")
    assert dict(found) == HISTORIES[history]
    assert by_hand.name == "h"


def test_what_one_may_say_no_more_counts_by_the_others_word(tree: cast.Tree, one: Directory, two: Directory) -> None:
    cast.rule("group", "team", "Editor", tree.faces)
    one.sign_in(groups=["team"])
    one.change(group_names=["eng-*"])

    two.sign_in(sub="j-2", groups=["team"])

    assert user_of().has_perm("project.read")

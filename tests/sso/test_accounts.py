"""Whose account a sign-in opens: found by the identity, made, or taken over, and kept as the directory says."""

from typing import Any

import pytest

from accounts.models import Group, Membership, User
from accounts.services.users import disable_user
from common.actors import SYSTEM
from sso.models import Identity, IdentityProvider
from sso.models.identities import with_subject
from sso.services.providers import disable_provider, enable_provider
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, jane, last_attempt


def again(visitor: Visitor, **told: Any) -> Visitor:
    other = Visitor(visitor.idp, visitor.provider)
    other.sign_in(**told)
    return other


@pytest.mark.parametrize("look", [1, 2])
def test_the_first_sign_in_is_completed_in_another_tab_meanwhile(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, look: int
) -> None:
    """Whichever time this one looked for the identity and found none: it is the same person, not somebody else."""
    times = 0

    def found(*key: Any) -> Identity | None:
        nonlocal times
        times += 1
        here, before = times == look, with_subject(*key)
        if here:
            again(visitor)
        return before

    monkeypatch.setattr("sso.services.provisioning.with_subject", found)

    visitor.sign_in()

    assert visitor.is_signed_in()
    assert (Identity.objects.count(), User.objects.filter(email="jane@acme.com").count()) == (1, 1)


def test_groups_follow_the_directory_at_each_sign_in(visitor: Visitor) -> None:
    visitor.sign_in()
    again(visitor, attributes={**JANE, "GROUPS": ["gpu", "new"]})

    assert jane().group_names() == ["gpu", "new"]


def test_who_was_added_by_hand_stays(visitor: Visitor) -> None:
    visitor.sign_in()
    Membership.objects.create(group=cast.make_group("by hand"), user=jane())
    again(visitor, attributes={**JANE, "GROUPS": []})

    assert jane().group_names() == ["by hand"]


def test_a_group_that_differs_in_case_is_left_out_and_said_so(visitor: Visitor) -> None:
    cast.make_group("Developers")
    visitor.sign_in()

    assert jane().group_names() == ["gpu"]
    assert any("developers" in check["detail"] for check in last_attempt().checks if check["verdict"] == "noted")


def test_a_new_user_may_do_nothing(visitor: Visitor) -> None:
    visitor.sign_in()

    assert visitor.browser.get("/admin/").status_code != 200
    assert not jane().is_staff


def test_details_that_the_directory_does_not_say_stay(visitor: Visitor) -> None:
    visitor.sign_in(attributes={**JANE, "UID": ["3020"]})
    again(visitor, attributes={"email": JANE["email"]})

    assert (jane().first_name, jane().uid) == ("Jane", 3020)


def test_the_same_email_from_two_providers_is_two_identities(visitor: Visitor) -> None:
    other = IdP("https://other.example.com/metadata", url="https://other.example.com")
    visitor.sign_in()
    answer = Visitor(other, connect(other, alias="other")).sign_in(name_id="j-77")

    assert (answer.status_code, last_attempt().code) == (403, "email_taken")
    assert [(one.provider.alias, one.user) for one in Identity.objects.order_by("pk")] == [
        ("saml", jane()),
        ("other", None),
    ]


def test_the_same_subject_at_two_providers_is_two_people(visitor: Visitor) -> None:
    other = IdP("https://other.example.com/metadata", url="https://other.example.com")
    visitor.sign_in()
    Visitor(other, connect(other, alias="other")).sign_in(attributes={"email": ["john@acme.com"]})

    assert User.objects.count() == 2


def test_a_disabled_user_is_out_and_does_not_come_in_again(visitor: Visitor) -> None:
    visitor.sign_in()
    disable_user(actor=SYSTEM, user=jane())

    assert not visitor.is_signed_in()
    assert not again(visitor).is_signed_in()
    assert last_attempt().code == "user_disabled"


def test_a_disabled_providers_people_are_out_until_it_is_enabled(visitor: Visitor, provider: IdentityProvider) -> None:
    visitor.sign_in()

    disable_provider(actor=SYSTEM, provider=provider)
    assert not visitor.is_signed_in()

    enable_provider(actor=SYSTEM, provider=provider)
    assert again(visitor).is_signed_in()


@pytest.mark.parametrize("order", [["gpu"], []])
def test_who_left_the_group_there_loses_what_it_gave_here(visitor: Visitor, tree: cast.Tree, order: list[str]) -> None:
    cast.rule("group", "gpu", "Editor", tree.faces)
    visitor.sign_in()
    again(visitor, attributes={**JANE, "GROUPS": order})

    assert jane().has_perm("project.read") is bool(order)
    assert Group.objects.filter(name="gpu").exists()

"""No groups, groups that were not sent, and groups that are too many to be sent are three things."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from sso.mapping import GroupsClaim, Mapping, map_attributes
from sso.models import ProviderSession
from sso.services.rechecking import recheck_due
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.directory import Directory, user_of
from tests.sso.op import OP
from tests.sso.signing_in import JANE, Visitor, jane, last_attempt

GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
ELSEWHERE = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example.com"}}}
CASES: list[tuple[dict[str, Any], GroupsClaim]] = [
    ({"groups": ["a"]}, GroupsClaim.LISTED),
    ({"groups": {"x": "a"}}, GroupsClaim.LISTED),
    ({"groups": "a"}, GroupsClaim.LISTED),
    ({"groups": []}, GroupsClaim.LISTED),
    ({"groups": ""}, GroupsClaim.LISTED),
    ({"groups": [""]}, GroupsClaim.LISTED),
    ({"groups": ["a"], "hasgroups": True}, GroupsClaim.LISTED),
    ({}, GroupsClaim.ABSENT),
    ({"groups": None}, GroupsClaim.ABSENT),
    ({"hasgroups": False}, GroupsClaim.ABSENT),
    ({"_claim_names": {"address": "src1"}}, GroupsClaim.ABSENT),
    ({"_claim_names": "groups"}, GroupsClaim.ABSENT),
    (ELSEWHERE, GroupsClaim.TOO_MANY),
    ({**ELSEWHERE, "groups": "src1"}, GroupsClaim.TOO_MANY),
    ({"hasgroups": True}, GroupsClaim.TOO_MANY),
    ({"hasgroups": "true"}, GroupsClaim.TOO_MANY),
    ({GROUPS_LINK: ["https://graph.example.com/me/groups"]}, GroupsClaim.TOO_MANY),
]


@pytest.mark.parametrize(("claims", "said"), CASES, ids=str)
def test_it_tells_them_apart(claims: dict[str, Any], said: GroupsClaim) -> None:
    person = map_attributes({"email": "a@b.com", **claims}, Mapping(email="email", groups="groups"))

    assert person.groups_said is said
    assert bool(person.groups) is ("a" in str(claims.get("groups")))


def test_groups_that_nobody_asks_for_are_no_lack() -> None:
    person = map_attributes({"email": "a@b.com", "groups": ["a"]}, Mapping(email="email"))

    assert (person.groups_said, person.groups) == (GroupsClaim.NOT_ASKED, ())


def test_other_claims_that_are_kept_elsewhere_are_named() -> None:
    claims = {"email": "a@b.com", "_claim_names": {"uid": "src1"}}

    (note,) = map_attributes(claims, Mapping(email="email", uid="uid", gid="gid")).notes

    assert note.startswith("uid: kept elsewhere")


@pytest.fixture
def acme(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op)


MISSING = [
    ({"groups": None}, "groups_not_sent", "Your directory sent no groups"),
    ({"groups": None, **ELSEWHERE}, "groups_too_many", "Your directory has too many groups of yours to send"),
    ({"groups": None, "hasgroups": True}, "groups_too_many", "Your directory has too many groups of yours to send"),
]


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(("claims", "code", "sentence"), MISSING, ids=["absent", "distributed", "hasgroups"])
def test_groups_that_do_not_come_are_gone_unless_an_administrator_keeps_them(
    acme: Directory, claims: dict[str, Any], code: str, sentence: str, keep: bool
) -> None:
    acme.change(keep_groups=keep)
    acme.sign_in()
    browser = Client()

    acme.sign_in(browser, **claims)

    assert user_of().group_names() == (["developers"] if keep else [])
    assert [check["code"] for check in last_attempt().checks if check["code"]] == [code]
    page = browser.get("/").content.decode()
    assert f"{sentence}: {'those of before still count' if keep else 'you have only the access given to you'}" in page


@pytest.mark.parametrize("keep", [False, True])
def test_an_empty_list_empties_in_any_case(acme: Directory, keep: bool) -> None:
    acme.change(keep_groups=keep)
    acme.sign_in()
    browser = Client()

    acme.sign_in(browser, groups=[])

    assert user_of().group_names() == []
    assert not any(check["code"] for check in last_attempt().checks)
    assert "Your directory" not in browser.get("/").content.decode()


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("claims", [{"groups": None}, {"groups": []}, {"groups": None, "hasgroups": True}], ids=str)
def test_it_holds_while_somebody_is_signed_in(acme: Directory, claims: dict[str, Any], keep: bool) -> None:
    acme.change(keep_groups=keep)
    acme.sign_in(Client())
    acme.op.user = {name: value for name, value in {**acme.op.user, **claims}.items() if value is not None}

    ProviderSession.objects.update(check_at=timezone.now())
    assert recheck_due() == 1

    kept = keep and claims["groups"] is None
    assert user_of().group_names() == (["developers"] if kept else [])
    assert kept or Event.objects.filter(action="user:groups:follow").latest("id").metadata["said"] != ""


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"GROUPS": []}, ""),
        ({"GROUPS": [""]}, ""),
        ({}, "groups_not_sent"),
        ({GROUPS_LINK: ["https://x"]}, "groups_too_many"),
    ],
)
def test_saml_tells_them_apart_too(visitor: Visitor, attributes: dict[str, list[str]], code: str) -> None:
    told = {name: value for name, value in JANE.items() if name != "GROUPS"}

    visitor.sign_in(attributes={**told, **attributes})

    assert jane().group_names() == []
    assert [check["code"] for check in last_attempt().checks if check["code"]] == ([code] if code else [])


def test_the_providers_page_counts_them(acme: Directory, ada: User, browser_as: BrowserAs) -> None:
    for claims in ({}, {"groups": None}, {"groups": None}, {"groups": None, "hasgroups": True}):
        acme.sign_in(**claims)

    page = browser_as(ada).get(f"/admin/sso/identityprovider/{acme.provider.pk}/sign-ins/").content.decode()

    assert "2 of 4 came without the attribute of the groups" in page
    assert "1 of 4 came with too many groups to send" in page

"""The addresses that people really have, through each way in."""

from typing import Any

import pytest

from accounts.models import User
from sso.check_log import CheckLog
from sso.mapping import DEFAULTS, map_attributes
from sso.models import IdentityProvider
from tests.conftest import APIAs
from tests.sso.idp import IdP
from tests.sso.op import OP
from tests.sso.openid import sign_in as openid_sign_in
from tests.sso.signing_in import Visitor, connect

ADDRESSES = [
    "conan.o'brien@example.com",
    "r&d@example.com",
    "ivan@example.xn--p1ai",
    "jane_acme.com#EXT#@corp.onmicrosoft.com",
    "a/b=c@example.com",
    "x{y}|z~@example.com",
    "!def!xyz%abc@example.com",
]


@pytest.fixture
def acme(tree: object) -> tuple[IdP, IdentityProvider]:
    idp = IdP()
    return idp, connect(idp, alias="acme")


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_signs_in_through_saml(acme: tuple[IdP, IdentityProvider], address: str) -> None:
    visitor = Visitor(*acme)

    visitor.sign_in(attributes={"email": [address, address]})

    assert visitor.is_signed_in()
    assert User.objects.filter(email=address.lower()).exists()


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_signs_in_through_openid_connect(op: OP, address: str) -> None:
    op.user["email"] = address

    said = openid_sign_in(op, CheckLog())

    assert map_attributes(said.attributes, DEFAULTS).email == address.lower()


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_api_makes_a_user_and_gives_a_role(ada: User, api_as: APIAs, tree: Any, address: str) -> None:
    made = api_as(ada).post("/api/v1/users", {"email": address}, format="json")
    rule = {"subjectId": address, "subjectType": "user", "roleId": 6, "scopeId": tree.faces.pk, "scopeType": "project"}

    given = api_as(ada).post("/api/v1/authorization/access-rules", rule, format="json")

    assert (made.status_code, given.status_code) == (201, 201), (made.content, given.content)
    assert User.objects.get(pk=made.json()["id"]).email == address.lower()

"""Discovery documents as nobody should write them: refused when they are read, or nobody's sign-in fails of them."""

import json
from typing import Any

import pytest
from django.test import Client

from common.errors import Invalid
from sso import oidc
from sso.models import IdentityProvider
from tests import cast
from tests.sso.directory import Directory, is_signed_in
from tests.sso.op import OP

NOT_STORED = ["a\x00b", "\ud800", "\udfff"]
DEEP = json.loads("[" * 200 + "]" * 200)


def named(op: OP, issuer: str) -> OP:
    op.metadata, op.claims = {"issuer": issuer}, {"iss": issuer}
    return op


@pytest.mark.parametrize(
    "odd",
    [
        *({name: [text]} for text in NOT_STORED for name in oidc.LISTS),
        *({"issuer": f"https://idp.example.com/{text}"} for text in NOT_STORED),
        {"claims_supported": DEEP},
    ],
    ids=ascii,
)
def test_what_cant_be_stored_is_refused(tree: cast.Tree, op: OP, odd: dict[str, Any]) -> None:
    op.metadata = odd

    with pytest.raises(Invalid):
        Directory(op)

    assert not IdentityProvider.objects.exists()


@pytest.mark.parametrize("longer", [0, 1])
def test_an_issuer_is_as_long_as_an_identity_can_have(tree: cast.Tree, op: OP, longer: int) -> None:
    issuer = f"{op.base}/".ljust(1024 + longer, "a")
    if longer:
        with pytest.raises(Invalid, match="at most 1024"):
            Directory(named(op, issuer))
        return

    browser = Client()
    Directory(named(op, issuer)).sign_in(browser)

    assert is_signed_in(browser)

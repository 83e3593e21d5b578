"""A person is who the directory calls by the same identifier, whatever the address."""

import pytest
from django.test import Client

from common.actors import SYSTEM
from common.errors import Conflict
from sso.models import Identity, IdentityProvider
from sso.services.identities import link_identity, unlink_identity
from tests import cast
from tests.sso.directory import Directory, is_signed_in, user_of
from tests.sso.op import OP
from tests.sso.signing_in import last_attempt


@pytest.fixture
def acme(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op, link_by_email=True)


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("local", [False, True])
def test_a_new_person_with_an_old_address_is_somebody_else(acme: Directory, link: bool, local: bool) -> None:
    if local:
        cast.person("jane")
    acme.sign_in(email="jane@example.com")
    acme.change(link_by_email=link)
    browser = Client()

    acme.sign_in(browser, email="jane@example.com", sub="another-2", groups=["others"])

    assert (is_signed_in(browser), last_attempt().code) == (False, "address_reused")
    assert Identity.objects.get(subject="another-2").user is None
    assert user_of("jane@example.com").group_names() == ["developers"]


def test_an_administrator_unlinks_the_old_one_first(acme: Directory) -> None:
    acme.sign_in()
    acme.sign_in(sub="another-2")
    old, new = Identity.objects.get(subject="jane-1"), Identity.objects.get(subject="another-2")

    with pytest.raises(Conflict, match="another identity of"):
        link_identity(actor=SYSTEM, identity=new)
    unlink_identity(actor=SYSTEM, identity=old)
    link_identity(actor=SYSTEM, identity=new)

    browser = Client()
    acme.sign_in(browser, sub="another-2")
    assert is_signed_in(browser)


def test_people_of_another_directory_in_use_are_not_taken_over(acme: Directory) -> None:
    acme.sign_in()
    other_op = OP()
    other = Directory(other_op, "other", link_by_email=True, email_domains=["*"], group_names=["*"])

    other.sign_in(sub="x-9")
    refused = last_attempt().code
    IdentityProvider.objects.filter(alias="acme").update(enabled=False)
    browser = Client()
    other.sign_in(browser, sub="x-9")
    other_op.close()

    assert refused == "email_taken"
    assert (is_signed_in(browser), user_of().source) == (True, "other")


def test_an_address_that_changed_at_the_directory_opens_the_same_account(acme: Directory) -> None:
    acme.sign_in()
    browser = Client()

    acme.sign_in(browser, email="jane.doe@acme.com")

    assert is_signed_in(browser)
    assert Identity.objects.get().user == user_of()
    assert "jane.doe@acme.com" in str(last_attempt().checks)

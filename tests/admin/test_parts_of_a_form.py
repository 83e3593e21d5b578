"""A form in parts, each on a tab with an address of its own: that of an identity provider."""

import pytest
from django.test import Client

from accounts.models import User
from sso.admin.forms import OPENID
from sso.models import IdentityProvider
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def acme(tree: cast.Tree) -> IdentityProvider:
    return connect(IdP(), alias="acme")


def test_a_part_of_the_form_changes_its_own_fields_alone_and_stays_there(admin: Client, acme: IdentityProvider) -> None:
    before = (acme.name, acme.email_attribute, acme.groups_attribute, acme.create_users, acme.peer)
    page = f"/admin/sso/identityprovider/{acme.pk}/assertions/"
    given = {"email_domains": "acme.test", "name": "Renamed", "authn_comparison": "exact"}

    answer = admin.post(page, given, follow=True)

    assert answer.redirect_chain == [(page, 302)]
    acme.refresh_from_db()
    assert (acme.email_domains, acme.group_names) == (["acme.test"], [])
    assert (acme.name, acme.email_attribute, acme.groups_attribute, acme.create_users, acme.peer) == before


def test_the_parts_of_a_form_hold_every_field_once(admin: Client, acme: IdentityProvider) -> None:
    parts = ("change", "metadata", "assertions")
    whole = set(admin.get("/admin/sso/identityprovider/add/").context["adminform"].form.fields)

    held = [
        name
        for part in parts
        for name in admin.get(f"/admin/sso/identityprovider/{acme.pk}/{part}/").context["adminform"].form.fields
    ]

    of_saml_alone, of_others = {"name_id_format", "subject_attribute"}, set(OPENID)
    assert sorted(held) == sorted(whole - of_others - {"type", "alias"} | of_saml_alone)

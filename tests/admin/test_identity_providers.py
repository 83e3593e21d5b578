"""Connecting a directory in the admin: entered, tried, enabled, and told what is wrong."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audit.models import Event
from sso.models import IdentityProvider
from tests.conftest import BrowserAs
from tests.sso.bindings import Asked
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

PAGE = "/admin/sso/identityprovider/"
NEW = {
    "type": "saml", "alias": "acme", "name": "Acme", "position": "0", "email_attribute": "email",
    "groups_attribute": "GROUPS", "create_users": "on",
}  # fmt: skip


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def acme(tree: object, idp: IdP) -> IdentityProvider:
    return connect(idp, alias="acme", enabled=False)


def act(admin: Client, name: str, provider: IdentityProvider) -> Any:
    chosen = {"action": name, "_selected_action": str(provider.pk), "confirmed": "yes"}
    return admin.post(PAGE, chosen, follow=True)


@pytest.mark.parametrize("how", ["pasted", "file"])
def test_it_connects_one_by_its_metadata(admin: Client, idp: IdP, how: str) -> None:
    text = idp.metadata()
    given = {"metadata": text} if how == "pasted" else {"metadata_file": SimpleUploadedFile("m.xml", text.encode())}

    admin.post(f"{PAGE}add/", {**NEW, **given})

    provider = IdentityProvider.objects.get()
    assert (provider.alias, provider.enabled, provider.peer["entity_id"]) == ("acme", False, idp.entity_id)
    assert [key.state for key in provider.keys.all()] == ["active"]
    assert Event.objects.filter(action="identity_provider:connect").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"metadata": ""}, "Give the address of the provider"),
        ({"metadata": "<x/>"}, "It is not SAML metadata"),
        ({"metadata": "<!DOCTYPE x><x/>"}, "document type declaration"),
        ({"metadata_url": "http://169.254.169.254/latest"}, "OUTBOUND_PRIVATE_NETWORKS"),
        ({"metadata_url": "file:///etc/passwd"}, "begins with https://"),
        ({"alias": "Bad Alias"}, "Lower-case letters"),
        ({"email_attribute": ""}, "has to name the attribute of the e-mail"),
        ({"type": "oidc", "client_id": "x"}, "needs a client ID and a client secret"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(admin: Client, given: dict[str, str], told: str) -> None:
    page = admin.post(f"{PAGE}add/", {**NEW, **given}).content.decode()

    assert told in page.replace("&#x27;", "'")
    assert 'value="Acme"' in page
    assert not IdentityProvider.objects.exists()


def test_metadata_without_a_certificate_is_refused(admin: Client, idp: IdP) -> None:
    page = admin.post(f"{PAGE}add/", {**NEW, "metadata": idp.metadata(certified=False)}).content.decode()

    assert "It has no certificate for signing" in page
    assert not IdentityProvider.objects.exists()


def test_its_page_says_what_to_enter_at_the_provider(admin: Client, acme: IdentityProvider, idp: IdP) -> None:
    page = admin.get(f"{PAGE}{acme.pk}/change/").content.decode()

    for told in (acme.redirect_uri, acme.entity_id, f"{acme.redirect_uri}/descriptor", idp.entity_id, "?test=1"):
        assert told in page


def test_it_changes_the_mapping(admin: Client, acme: IdentityProvider) -> None:
    admin.post(f"{PAGE}{acme.pk}/change/", {**NEW, "email_attribute": "mail", "name_id_format": acme.name_id_format})

    acme.refresh_from_db()
    assert acme.email_attribute == "mail"
    assert acme.peer["sign_in"]


def test_it_enables_and_disables_one(admin: Client, acme: IdentityProvider) -> None:
    act(admin, "enable", acme)
    enabled = IdentityProvider.objects.get().enabled
    act(admin, "disable", acme)

    assert (enabled, IdentityProvider.objects.get().enabled) == (True, False)


def test_a_certificate_of_ours_is_renewed_with_an_overlap(admin: Client, acme: IdentityProvider) -> None:
    states = []
    for action in ("publish_next", "use_next", "remove_old"):
        act(admin, action, acme)
        states.append(sorted(acme.keys.values_list("state", flat=True)))

    assert states == [["active", "next"], ["active", "retiring"], ["active"]]


def test_it_tries_the_mapping_on_what_is_pasted(admin: Client, acme: IdentityProvider, idp: IdP) -> None:
    message = idp.response(
        Asked("", acme.entity_id, acme.redirect_uri), name_id="j", attributes={"email": ["j@acme.com"], "GROUPS": ["a"]}
    )

    page = admin.post(f"{PAGE}{acme.pk}/mapping/", {"pasted": message.decode()}).content.decode()

    assert "<td>j@acme.com</td>" in page
    assert not User.objects.filter(email="j@acme.com").exists()


@pytest.mark.parametrize("pasted", ["<x/>", "{}", "not xml", "<!DOCTYPE x><x/>"])
def test_it_says_why_a_paste_can_not_be_read(admin: Client, acme: IdentityProvider, pasted: str) -> None:
    answer = admin.post(f"{PAGE}{acme.pk}/mapping/", {"pasted": pasted})

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()


def test_the_empty_list_says_what_to_do(admin: Client) -> None:
    assert "No directory is connected yet" in admin.get(PAGE).content.decode()


@pytest.mark.parametrize("leaf", ["", "add/"])
def test_who_may_not_see_settings_sees_none(alice: User, browser_as: BrowserAs, leaf: str) -> None:
    assert browser_as(alice).get(f"{PAGE}{leaf}").status_code in (302, 403)

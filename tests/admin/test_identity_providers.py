"""Connecting a directory in the admin: entered, tried, enabled, and told what is wrong."""

import json
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.encryption import decrypt
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import Visitor, connect

PAGE = "/admin/sso/identityprovider/"
NEW = {
    "type": "saml",
    "alias": "acme",
    "name": "Acme",
    "position": "0",
    "email_attribute": "email",
    "groups_attribute": "GROUPS",
    "create_users": "on",
}

OP = "https://op.example.com"
PATHS = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks", "issuer": ""}
DISCOVERY = {name: f"{OP}{path}" for name, path in PATHS.items()}
SECRET = "client-secret-of-acme"
OPENID: dict[str, Any] = {
    "type": "oidc",
    "client_id": "runai",
    "client_secret": SECRET,
    "metadata": json.dumps(DISCOVERY),
}


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def acme(tree: object, idp: IdP) -> IdentityProvider:
    return connect(idp, alias="acme", enabled=False)


@pytest.fixture
def openid(tree: object) -> IdentityProvider:
    return connect_provider(actor=SYSTEM, alias="openid", name="Acme", **OPENID)


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


VALUES: list[Any] = ["research", 5, [["b"]], [], [True], {"b": 1}]
NO_CLAIMS: list[Any] = [
    {"department": "research"},
    [1],
    "a",
    *({"claim": name, "values": ["b"]} for name in (["a"], "")),
]
BAD_CLAIMS = [json.dumps(one) for one in (*NO_CLAIMS, *({"claim": "a", "values": values} for values in VALUES))]
NOT_STORED = ['{"claim": "a", "values": ["b\\ud800"]}', '{"claim": "a\\u0000", "values": ["b"]}', '"\\udfff"']


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
        ({"metadata_url": "https://idp.example.com/m", "metadata": "<x/>"}, "Give the metadata once"),
        ({"mandatory_claim": "[" * 30_000}, "nested without end"),
        *(({**OPENID, "mandatory_claim": claim}, "half a surrogate pair") for claim in NOT_STORED),
        *(({**OPENID, "mandatory_claim": claim}, "Like {") for claim in BAD_CLAIMS),
        ({"type": "oidc", "client_id": "x"}, "needs a client ID and a client secret"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(admin: Client, given: dict[str, str], told: str) -> None:
    page = admin.post(f"{PAGE}add/", {**NEW, **given}).content.decode()

    assert told in unescape(page)
    assert 'value="Acme"' in page
    assert not IdentityProvider.objects.exists()


def test_metadata_without_a_certificate_is_refused(admin: Client, idp: IdP) -> None:
    page = admin.post(f"{PAGE}add/", {**NEW, "metadata": idp.metadata(certified=False)}).content.decode()

    assert "It has no certificate for signing" in page
    assert not IdentityProvider.objects.exists()


def test_a_file_that_is_too_large_is_not_dropped_in_silence(admin: Client) -> None:
    large = SimpleUploadedFile("m.xml", b"x" * 300_000)

    page = admin.post(f"{PAGE}add/", {**NEW, "metadata_file": large}).content.decode()

    assert "The file is larger than 250 KB" in page
    assert 'value="Acme"' in page


@pytest.mark.parametrize(("type_", "given"), [("saml", {}), ("oidc", OPENID)])
def test_the_alias_is_that_of_the_type_where_none_is_given(
    admin: Client, idp: IdP, type_: str, given: dict[str, Any]
) -> None:
    admin.post(f"{PAGE}add/", {**NEW, "metadata": idp.metadata(), **given, "type": type_, "alias": ""})

    assert IdentityProvider.objects.get().alias == type_


def test_its_page_says_what_to_enter_at_the_provider(admin: Client, acme: IdentityProvider, idp: IdP) -> None:
    page = admin.get(f"{PAGE}{acme.pk}/metadata/").content.decode()

    to_enter = (acme.redirect_uri, acme.entity_id, acme.logout_uri, f"{acme.redirect_uri}/descriptor")
    for told in (*to_enter, idp.entity_id, "?test=1"):
        assert told in page


def test_openid_connect_is_told_its_own_addresses(admin: Client, openid: IdentityProvider) -> None:
    page = admin.get(f"{PAGE}{openid.pk}/metadata/").content.decode()

    for told in (openid.redirect_uri, "https://op.example.com/authorize", "post-logout redirect URI"):
        assert told in page.replace("Post-logout", "post-logout")
    assert "/descriptor" not in page


def test_no_page_shows_a_secret(admin: Client, openid: IdentityProvider) -> None:
    admin.post(f"{PAGE}{openid.pk}/metadata/", {**OPENID, "client_secret": "", "client_id": "renamed"})
    refused = admin.post(f"{PAGE}add/", {**NEW, **OPENID, "metadata": "{}"}).content.decode()

    openid.refresh_from_db()
    page = admin.get(f"{PAGE}{openid.pk}/metadata/").content.decode()

    assert (openid.client_id, decrypt(bytes(openid.client_secret_encrypted))) == ("renamed", SECRET.encode())
    assert SECRET not in page + refused + admin.get(PAGE).content.decode()


@pytest.mark.parametrize(("at", "told"), [("2049-12-10", "Ends soon"), ("2050-01-10", "Ended")])
def test_it_warns_of_a_certificate_that_ends(
    ada: User, browser_as: BrowserAs, acme: IdentityProvider, at: str, told: str
) -> None:
    with time_machine.travel(at):
        admin = browser_as(ada)
        page, listed = (admin.get(f"{PAGE}{leaf}").content.decode() for leaf in (f"{acme.pk}/change/", ""))

    assert f"{told}</strong> The certificate CN=idp" in page
    assert 'class="badge' in listed


def test_the_list_tells_of_the_last_sign_in(admin: Client, acme: IdentityProvider, idp: IdP) -> None:
    IdentityProvider.objects.update(enabled=True)
    Visitor(idp, acme).sign_in(audiences=[["https://other.example.com"]])

    assert "refused, " in admin.get(PAGE).content.decode()


def test_it_changes_the_mapping(admin: Client, acme: IdentityProvider) -> None:
    admin.post(f"{PAGE}{acme.pk}/change/", {**NEW, "email_attribute": "mail"})

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


def test_the_empty_list_says_what_to_do(admin: Client) -> None:
    assert "No directory is connected yet" in admin.get(PAGE).content.decode()


def test_it_asks_before_it_acts(admin: Client, acme: IdentityProvider) -> None:
    page = admin.post(PAGE, {"action": "enable", "_selected_action": str(acme.pk)}).content.decode()

    assert "The sign-in page offers it from now on" in page
    assert not IdentityProvider.objects.get().enabled


def test_what_an_action_can_not_do_is_said(admin: Client, acme: IdentityProvider, openid: IdentityProvider) -> None:
    assert "was given as a file" in act(admin, "fetch_metadata", acme).content.decode()
    assert "no SAML provider" in act(admin, "publish_next", openid).content.decode()
    assert not openid.keys.exists()


def test_it_deletes_one(admin: Client, acme: IdentityProvider) -> None:
    admin.post(f"{PAGE}{acme.pk}/delete/", {"post": "yes"})

    assert not IdentityProvider.objects.exists()
    assert Event.objects.get(action="identity_provider:delete").entity_id == str(acme.pk)


@pytest.mark.parametrize("leaf", ["", "add/", "{pk}/change/", "{pk}/metadata/", "{pk}/people/", "{pk}/mapping/"])
def test_who_may_not_connect_directories_sees_and_does_nothing(
    alice: User, browser_as: BrowserAs, acme: IdentityProvider, leaf: str
) -> None:
    browser, page = browser_as(alice), f"{PAGE}{leaf.format(pk=acme.pk)}"
    given = {**NEW, "alias": "mine", "email_attribute": "x", "action": "enable", "_selected_action": str(acme.pk)}

    answers = [browser.get(page), browser.post(page, {**given, "confirmed": "yes", "pasted": "{}"})]

    assert {answer.status_code for answer in answers} <= {302, 403, 404}
    left = IdentityProvider.objects.get()
    assert (left.alias, left.enabled, left.email_attribute) == ("acme", False, "email")

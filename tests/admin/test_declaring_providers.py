"""What a directory may assert, and whose word a rule takes, as administrators enter it."""

from typing import Any

import pytest
from django.test import Client

from access.models import AccessRule
from accounts.models import User
from sso.models import IdentityProvider
from tests import cast
from tests.admin.test_access_rules import LIST as RULES
from tests.admin.test_access_rules import given
from tests.admin.test_identity_providers import NEW, PAGE, act
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

DOMAIN = {"email_domains": "", "group_names": "", "posix_ids_from": ""}


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def idp() -> IdP:
    return IdP()


def declared(alias: str = "acme") -> tuple[Any, ...]:
    provider = IdentityProvider.objects.get(alias=alias)
    return provider.email_domains, provider.group_names, provider.posix_ids, provider.posix_ids_from


def test_the_form_of_the_first_one_begins_with_everything(admin: Client, tree: cast.Tree, idp: IdP) -> None:
    first = admin.get(f"{PAGE}add/").context["adminform"].form.initial
    connect(idp)
    second = admin.get(f"{PAGE}add/").context["adminform"].form.initial

    assert (first["email_domains"], first["group_names"], first["posix_ids"]) == (["*"], ["*"], True)
    assert not {"email_domains", "group_names", "posix_ids"} & second.keys()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({}, (["*"], ["*"], True, 1000)),
        (DOMAIN, ([], [], False, 1000)),
        (
            {
                "email_domains": "Corp.com\r\n*.corp.com",
                "group_names": "Domain Users\neng-*",
                "posix_ids": "on",
                "posix_ids_from": "5000",
            },
            (["corp.com", "*.corp.com"], ["Domain Users", "eng-*"], True, 5000),
        ),
    ],
)
def test_what_is_typed_counts(
    admin: Client, tree: cast.Tree, idp: IdP, typed: dict[str, str], kept: tuple[Any, ...]
) -> None:
    admin.post(f"{PAGE}add/", {**NEW, **typed, "metadata": idp.metadata()})

    assert declared() == kept


@pytest.mark.parametrize("field", ["email_domains", "group_names"])
def test_what_is_no_domain_or_group_is_said_and_kept_in_the_form(
    admin: Client, tree: cast.Tree, idp: IdP, field: str
) -> None:
    page = admin.post(f"{PAGE}add/", {**NEW, **DOMAIN, field: "a*b c", "metadata": idp.metadata()}).content.decode()

    assert "a*b c" in page and ("no e-mail domain" in page or "no group name" in page)
    assert not IdentityProvider.objects.exists()


def test_a_further_one_is_enabled_once_it_has_its_domains(admin: Client, tree: cast.Tree, idp: IdP) -> None:
    connect(idp)
    admin.post(f"{PAGE}add/", {**NEW, "metadata": IdP("https://second.example.com").metadata()})
    provider = IdentityProvider.objects.get(alias="acme")

    refused = act(admin, "enable", provider).content.decode()
    IdentityProvider.objects.filter(pk=provider.pk).update(email_domains=["acme.com"])
    act(admin, "enable", provider)

    assert "Say first whose addresses" in refused
    assert "be enabled yet" not in admin.get(f"{PAGE}{provider.pk}/change/").content.decode()
    assert IdentityProvider.objects.get(alias="acme").enabled


@pytest.mark.parametrize("source", ["", "local", "saml"])
def test_a_rule_says_whose_word_counts(admin: Client, tree: cast.Tree, idp: IdP, source: str) -> None:
    connect(idp)

    rule_ = {**given("new@example.com", "Viewer", tree.faces.pk), "source": source, "confirmed": "yes"}
    admin.post(f"{RULES}add/", rule_)

    rule = AccessRule.objects.get(subject_id="new@example.com")
    assert rule.source == source
    assert "nobody goes by this name" in admin.get(f"{RULES}{rule.pk}/change/").content.decode()


def test_a_source_that_is_none_is_refused(admin: Client, tree: cast.Tree) -> None:
    admin.post(f"{RULES}add/", {**given("new@example.com", "Viewer", tree.faces.pk), "source": "ldap"})

    assert not AccessRule.objects.filter(subject_id="new@example.com").exists()

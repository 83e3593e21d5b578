"""SAML's libraries can break, at their next release or ours; everything else goes on."""

import sys

import pytest
from django.test import Client

from accounts.models import User
from sso.models import IdentityProvider
from sso.saml import sandbox
from tests.cast import PASSWORD
from tests.sso.signing_in import path_of


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, provider: IdentityProvider) -> IdentityProvider:
    # What is imported anew must not stay the attribute of its package.
    monkeypatch.setattr("sso.saml", sys.modules["sso.saml"])
    for name in [name for name in sys.modules if name.startswith(("saml2", "sso.saml"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "saml2", None)
    return provider


def test_people_sign_in_with_a_password(broken: IdentityProvider, client: Client, charlie: User) -> None:
    assert client.get("/login").status_code == 200
    assert client.post("/login", {"email": charlie.email, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(("leaf", "method"), [("login", "get"), ("endpoint", "post"), ("endpoint/descriptor", "get")])
def test_who_comes_from_the_directory_is_told(broken: IdentityProvider, client: Client, leaf: str, method: str) -> None:
    answer = getattr(client, method)(path_of(broken, leaf), {"SAMLResponse": "PHg+"})

    assert answer.status_code == 503
    assert "can&#x27;t be used on this server now" in answer.content.decode()


def test_what_reads_can_not_be_started(
    provider: IdentityProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox._sandbox.close()
    monkeypatch.setattr(sandbox, "START", f"import sys; sys.modules['lxml'] = None; {sandbox.START}")

    answer = client.post(path_of(provider, "endpoint"), {"SAMLResponse": "PHg+"})

    assert answer.status_code == 503
    assert "can&#x27;t be used on this server now" in answer.content.decode()
    assert client.get(path_of(provider, "login")).status_code == 302

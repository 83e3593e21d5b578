"""A row that can't be read any more, or never could: its page says so, and a list with it still shows the others."""

import base64

import pytest
from django.test import Client

from accounts.models import User
from sso.models import IdentityProvider, ServiceProviderKey
from tests.attacks.edges import ODD_CURVE
from tests.conftest import APIAs, BrowserAs
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import Visitor, connect, last_attempt

LIST = "/admin/sso/identityprovider/"


def pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


CERTIFICATE = base64.b64decode(key("another").body)
OTHER_VERSION = CERTIFICATE.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
CERTIFICATES = {
    "empty": "",
    "rubbish": "rubbish",
    "an empty block": pem(b""),
    "one byte": pem(b"\x30"),
    "another version": pem(OTHER_VERSION),
    "an unsupported curve": pem(ODD_CURVE),
    "cut off": pem(CERTIFICATE[:-9]),
    "a snowman": "\N{SNOWMAN}",
}


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def acme(tree: object, idp: IdP) -> IdentityProvider:
    connect(idp, alias="fine", enabled=True)
    return connect(idp, alias="acme", enabled=True)


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.mark.parametrize("certificate", CERTIFICATES.values(), ids=list(CERTIFICATES))
def test_a_certificate_that_can_not_be_read_takes_no_page_down(
    acme: IdentityProvider, admin: Client, ada: User, api_as: APIAs, certificate: str
) -> None:
    IdentityProvider.objects.filter(pk=acme.pk).update(peer={**acme.peer, "certificates": [certificate]})
    ServiceProviderKey.objects.filter(provider=acme).update(certificate=certificate)

    pages = [admin.get(path) for path in (LIST, f"{LIST}{acme.pk}/change/", "/admin/")]
    answers = [api_as(ada).get(path) for path in ("/api/v1/idps", "/api/v1/idps/acme")]

    assert [answer.status_code for answer in (*pages, *answers)] == [200] * 5
    assert {"fine", "acme"} == {provider["alias"] for provider in answers[0].json()}


@pytest.mark.parametrize("certificate", CERTIFICATES.values(), ids=list(CERTIFICATES))
def test_it_refuses_an_answer_where_no_certificate_can_be_read(
    acme: IdentityProvider, idp: IdP, certificate: str
) -> None:
    IdentityProvider.objects.filter(pk=acme.pk).update(peer={**acme.peer, "certificates": [certificate]})

    answer = Visitor(idp, acme).sign_in()

    assert answer.status_code == 401 and last_attempt().code == "bad_signature"


def test_one_certificate_that_can_not_be_read_is_not_in_the_way_of_another(acme: IdentityProvider, idp: IdP) -> None:
    peer = {**acme.peer, "certificates": [*CERTIFICATES.values(), *acme.peer["certificates"]]}
    IdentityProvider.objects.filter(pk=acme.pk).update(peer=peer)
    visitor = Visitor(idp, acme)

    visitor.sign_in()

    assert visitor.is_signed_in()

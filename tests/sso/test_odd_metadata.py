"""SAML metadata as nobody should write it: what can't be used is refused when it is read, and never at a sign-in."""

import re

import pytest
from django.test import Client
from lxml import etree

from common.errors import Invalid
from sso.models import IdentityProvider
from sso.saml.metadata import read_metadata
from sso.saml.reader.xml import MOST_BYTES
from sso.saml.values import REDIRECT
from tests.sso import alone
from tests.sso.idp import IdP
from tests.sso.signing_in import path_of

NO_ADDRESSES = [
    "https://[::1/sso",
    "https://[x]/",
    "https://\u2100/",
    "https://",
    "https:///sso",
    "https://idp:port/",
    "https://idp:99999999/",
    "https://idp/&#10;sso",
    "https://idp/\u202esso",
    "//idp/sso",
    "idp/sso",
    "",
    "javascript:alert(1)",
    "ftp://idp/",
    "urn:idp",
    "http:idp",
]
ADDRESSES = ["https://idp.example.com/sso", "HTTPS://idp.example.com/sso", "https://[::1]:8443/sso", "http://idp/?a=b"]
AROUND = ["{}", " {}", "{} ", "\n\t{}\n", "&#9;{}&#10;"]


def metadata(location: str) -> str:
    """With this one place to sign in, and to sign out."""
    text = re.sub(r'(<\S*Single(?:SignOn|Logout)Service [^>]*Location=")[^"]*', rf"\g<1>{location}", IdP().metadata())
    assert text.count(location) >= 2
    return text


@pytest.mark.parametrize("location", NO_ADDRESSES)
def test_what_is_no_address_is_no_place_to_sign_in(location: str) -> None:
    with pytest.raises(Invalid, match="no place to sign in"):
        read_metadata(metadata(location))


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("location", ADDRESSES)
def test_people_are_sent_to_an_address_without_the_white_space_around_it(
    provider: IdentityProvider, location: str, around: str
) -> None:
    peer = read_metadata(metadata(around.format(location)))
    IdentityProvider.objects.update(peer=peer.as_json())

    answer = Client().get(path_of(provider, "login"))

    assert peer.sign_in[REDIRECT] == peer.sign_out[REDIRECT] == location
    assert answer.status_code == 302
    assert answer["Location"].startswith(location)


@pytest.mark.parametrize("around", AROUND)
def test_white_space_around_the_entity_id_is_none_of_it(around: str) -> None:
    text = re.sub(r'entityID="([^"]*)"', lambda found: f'entityID="{around.format(found[1])}"', IdP().metadata())

    assert read_metadata(text).entity_id == read_metadata(text, entity_id=IdP().entity_id).entity_id == IdP().entity_id


def test_a_message_in_any_script_is_as_long_as_it_is() -> None:
    """With character references, which XML in ASCII needs, it would be longer than a message may be."""
    message = IdP().response(alone.ASKED, sign_response=False, attributes={"GROUPS": ["\u7814\u7a76" * 30_000]})
    in_utf8 = etree.tostring(etree.fromstring(message), encoding="utf-8")

    assert len(in_utf8) < MOST_BYTES < len(message)
    assert alone.judged(in_utf8) == ("", "")

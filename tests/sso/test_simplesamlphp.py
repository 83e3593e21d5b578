"""Round trips through SimpleSAMLphp, which is nobody's of ours: what it sends and takes was agreed with no test."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import Membership, Session
from common.actors import SYSTEM
from sso.models import Attempt, IdentityProvider
from sso.services.metadata import refresh_metadata
from sso.services.providers import connect_provider
from tests.cast import Tree
from tests.sso.signing_in import jane, path_of
from tests.sso.simplesaml import BOB, JANE, Leaving, Person, SimpleSAML, simplesaml
from tests.sso.statement import ago

pytestmark = pytest.mark.slow


@pytest.fixture
def there(tree: Tree, request: pytest.FixtureRequest) -> Iterator[SimpleSAML]:
    with simplesaml(encrypted=getattr(request, "param", "") == "encrypted") as started:
        yield started


@pytest.fixture
def provider(there: SimpleSAML) -> IdentityProvider:
    connected = connect_provider(actor=SYSTEM, alias="corp", type="saml", metadata_url=there.metadata_url, enabled=True)
    there.trust(Client().get(path_of(connected, "endpoint/descriptor")).content.decode())
    return connected


class Somebody:
    """One browser: its cookies of the provider (`there`), and of ours (`here`)."""

    def __init__(self, there: SimpleSAML, provider: IdentityProvider, who: tuple[str, str] = JANE) -> None:
        self.provider, self.who = provider, who
        self.there, self.here = Person(there), Client()

    def ask(self, **query: str) -> str:
        return str(self.here.get(path_of(self.provider, "login"), query)["Location"])

    def answered(self, **query: str) -> Leaving:
        return self.there.sign_in(self.ask(**query), self.who)

    def come_back(self, leaving: Leaving) -> Any:
        answer = Client().post(urlsplit(leaving.url).path, dict(leaving.fields))  # cross-site: without the cookie
        assert answer.status_code == 303, answer.content
        return self.here.get(answer["Location"])

    def sign_in(self, **query: str) -> Any:
        return self.come_back(self.answered(**query))

    def is_signed_in(self) -> bool:
        return self.here.get("/").status_code == 200

    def is_asked_there(self, **query: str) -> bool:
        """Whether the provider wants a password on a sign-in begun here."""
        return 'name="password"' in self.there.get(self.ask(**query)).text


@pytest.fixture
def somebody(there: SimpleSAML, provider: IdentityProvider) -> Somebody:
    return Somebody(there, provider)


@pytest.mark.parametrize("there", ["signed", "encrypted"], indirect=True)
def test_it_signs_in_whom_the_directory_names(somebody: Somebody, request: pytest.FixtureRequest) -> None:
    leaving = somebody.answered(next="/account")
    encrypted = b"EncryptedAssertion" in base64.b64decode(leaving.fields["SAMLResponse"])

    answer = somebody.come_back(leaving)

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert somebody.is_signed_in()
    assert (jane().first_name, jane().last_name, jane().is_local) == ("Jane", "Smith", False)
    assert encrypted == ("encrypted" in request.node.name)


def test_its_groups_arrive_as_memberships(somebody: Somebody) -> None:
    somebody.sign_in()

    memberships = Membership.objects.filter(user=jane()).order_by("group__name")
    assert [(one.group.name, one.source) for one in memberships] == [("ml", "corp"), ("researchers", "corp")]


def test_it_finds_the_same_person_at_the_second_sign_in(somebody: Somebody, there: SimpleSAML) -> None:
    somebody.sign_in()
    Somebody(there, somebody.provider).sign_in()

    assert Session.objects.live().filter(user=jane()).count() == 2


def test_it_asks_for_the_password_again_where_that_is_wanted(somebody: Somebody) -> None:
    somebody.sign_in()
    before = ago(hours=1)
    Session.objects.update(authenticated_at=before)

    assert not somebody.is_asked_there()
    assert somebody.is_asked_there(again="1")
    answer = somebody.sign_in(again="1", next="/account")

    assert answer["Location"] == "/account"
    assert Session.objects.live().get().authenticated_at > before


def test_the_directorys_own_portal_signs_in_where_that_is_allowed(there: SimpleSAML, somebody: Somebody) -> None:
    IdentityProvider.objects.update(allow_idp_initiated=True)

    answer = somebody.come_back(somebody.there.sign_in(portal(there, somebody.provider)))

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert somebody.is_signed_in()


def test_its_portal_is_refused_otherwise(there: SimpleSAML, somebody: Somebody) -> None:
    leaving = somebody.there.sign_in(portal(there, somebody.provider))

    answer = Client().post(urlsplit(leaving.url).path, dict(leaving.fields))

    assert answer.status_code in (400, 401, 403)
    assert (Attempt.objects.get().outcome, Session.objects.count()) == ("refused", 0)


def test_signing_out_here_signs_out_there(somebody: Somebody) -> None:
    somebody.sign_in()

    leaving = somebody.there.bring(somebody.here.get(somebody.here.post("/logout").context["elsewhere"])["Location"])
    answer = somebody.here.get(leaving.url)

    assert (answer.status_code, answer["Location"]) == (302, "/login?signed-out")
    assert not Attempt.objects.exclude(outcome="signed in").exists()
    assert not somebody.is_signed_in()
    assert somebody.is_asked_there()


def test_signing_out_there_ends_that_session_and_no_other(somebody: Somebody, there: SimpleSAML) -> None:
    bob, elsewhere = Somebody(there, somebody.provider, BOB), Somebody(there, somebody.provider)
    for one in (somebody, bob, elsewhere):
        one.sign_in()

    answer = Client().get(somebody.there.sign_out().url)
    last = somebody.there.get(answer["Location"])

    assert (last.status_code, urlsplit(last.url).netloc) == (200, urlsplit(there.url).netloc)
    assert [one.is_signed_in() for one in (somebody, bob, elsewhere)] == [False, True, True]


def test_its_metadata_is_fetched_again_from_its_own_address(provider: IdentityProvider) -> None:
    IdentityProvider.objects.update(metadata_read_at=None, metadata_problem="It did not answer.")
    provider.refresh_from_db()

    refresh_metadata(actor=SYSTEM, provider=provider)

    provider.refresh_from_db()
    assert (provider.metadata_problem, provider.peer["entity_id"]) == ("", provider.metadata_url)
    assert provider.metadata_read_at


def portal(there: SimpleSAML, provider: IdentityProvider) -> str:
    query = {"spentityid": provider.entity_id, "RelayState": "/account"}
    return f"{there.url}/saml2/idp/SSOService.php?{urlencode(query)}"

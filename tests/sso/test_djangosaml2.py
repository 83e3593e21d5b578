"""What djangosaml2 carries: its backend, its signals, its configuration loader and its metadata view."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve
from djangosaml2.conf import get_config
from djangosaml2.signals import post_authenticated, pre_user_save
from saml2.response import IncorrectlySigned

from accounts.models import Session, User
from audit.models import Event
from sso.backends import SamlBackend
from sso.models import IdentityProvider
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, jane, last_attempt, path_of


class Developers(SamlBackend):
    """As an integrator writes it. `asked` holds what it was asked about."""

    asked: list[tuple[Any, ...]] = []  # noqa: RUF012  emptied by the fixture

    def is_authorized(self, attributes: Any, mapping: Any, entity_id: str, assertion: Any, **more: Any) -> bool:
        self.asked.append((attributes["GROUPS"], entity_id, assertion["assertion_id"]))
        return "developers" in attributes["GROUPS"]


@pytest.fixture
def developers(settings: Any) -> type[Developers]:
    settings.AUTHENTICATION_BACKENDS = ["access.backends.AccessBackend", f"{__name__}.Developers"]
    Developers.asked.clear()
    return Developers


@pytest.fixture
def before_save() -> Iterator[list[Any]]:
    """A list of receivers of pre_user_save."""
    receivers: list[Any] = []

    def receive(sender: Any, **given: Any) -> Any:
        return receivers[0](**given)

    pre_user_save.connect(receive)
    yield receivers
    pre_user_save.disconnect(receive)


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What receivers of post_authenticated are told; the first receiver has a fault."""
    heard: list[dict[str, Any]] = []

    def broken(**given: Any) -> None:
        raise RuntimeError("a receiver's own fault")

    def hear(**given: Any) -> None:
        heard.append(given)

    post_authenticated.connect(broken)
    post_authenticated.connect(hear)
    yield heard
    post_authenticated.disconnect(broken)
    post_authenticated.disconnect(hear)


def test_a_backend_of_ones_own_decides_by_verified_attributes(visitor: Visitor, developers: type[Developers]) -> None:
    visitor.sign_in()

    [(groups, entity_id, assertion_id)] = developers.asked
    assert (groups, entity_id) == (["developers", "gpu"], visitor.idp.entity_id)
    assert assertion_id
    assert visitor.is_signed_in()


def test_whom_it_refuses_leaves_nothing_behind(visitor: Visitor, developers: type[Developers]) -> None:
    answer = visitor.sign_in(attributes={**JANE, "GROUPS": ["guests"]})

    assert answer.status_code == 403
    assert last_attempt().code == "not_authorized"
    assert not User.objects.filter(email="jane@acme.com").exists()
    assert not Session.objects.exists()


def test_it_is_asked_in_a_test_too(
    visitor: Visitor, developers: type[Developers], ada: User, browser_as: BrowserAs
) -> None:
    visitor.browser = browser_as(ada)
    asked = visitor.idp.read(visitor.ask(test="1"))
    visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes={**JANE, "GROUPS": ["guests"]}))

    assert last_attempt().outcome == "tested"
    assert any("would be refused" in check["detail"] for check in last_attempt().checks)


def test_nothing_unverified_is_asked_about(visitor: Visitor, developers: type[Developers]) -> None:
    asked = visitor.idp.read(visitor.ask())
    answer = visitor.idp.answer(asked, name_id="jane-1", attributes=JANE, sign_response=False, sign_assertion=False)

    assert visitor.post(answer).status_code == 401
    assert developers.asked == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "credentials",
    [
        {
            "session_info": {"issuer": "x", "ava": {"email": ["ada@acme.com"]}},
            "attribute_mapping": {"email": ("email",)},
        },
        {"admission": {"session_info": {"issuer": "x", "ava": {}}}},
        {"email": "ada@acme.com", "password": "password"},
    ],
)
def test_it_takes_nothing_but_what_we_verified(ada: User, credentials: dict[str, Any]) -> None:
    assert authenticate(None, **credentials) is None


def test_it_gives_no_permission(ada: User) -> None:
    backend = SamlBackend()

    assert not backend.has_perm(ada, "users.update")
    assert not backend.has_module_perms(ada, "accounts")


def test_a_receiver_changes_what_a_directory_may_say(visitor: Visitor, before_save: list[Any]) -> None:
    def change(instance: User, attributes: dict[str, list[str]], **_: Any) -> bool:
        instance.first_name, instance.enabled, instance.email = attributes["firstName"][0].upper(), False, "x@acme.com"
        return True

    before_save.append(change)
    visitor.sign_in()

    assert (jane().first_name, jane().enabled) == ("JANE", True)
    assert Event.objects.filter(action="user:update", metadata__changed=["first_name"]).exists()


def test_a_receiver_that_changed_nothing_saves_nothing(visitor: Visitor, before_save: list[Any]) -> None:
    def forget_to_say_so(instance: User, **_: Any) -> None:
        instance.first_name = "Nobody"

    before_save.append(forget_to_say_so)
    visitor.sign_in()

    assert jane().first_name == "Jane"


def test_what_can_not_be_saved_is_noted(visitor: Visitor, before_save: list[Any]) -> None:
    def change(instance: User, **_: Any) -> bool:
        instance.first_name = "x" * 101
        return True

    before_save.append(change)
    visitor.sign_in()

    assert jane().first_name == "Jane"
    assert any(check["verdict"] == "noted" and "100" in check["detail"] for check in last_attempt().checks)


def test_receivers_hear_of_a_sign_in_once_it_is_there(
    visitor: Visitor, told: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        visitor.sign_in()

    [heard] = told
    info = heard["session_info"]
    assert (heard["sender"], heard["user"]) == (User, jane())
    assert (info["issuer"], info["name_id"].text, info["ava"]) == (visitor.idp.entity_id, "jane-1", JANE)
    assert visitor.is_signed_in()


def test_receivers_hear_of_no_refusal(
    visitor: Visitor, told: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    visitor.sign_in()
    User.objects.update(enabled=False)

    with django_capture_on_commit_callbacks(execute=True):
        Visitor(visitor.idp, visitor.provider).sign_in()

    assert (last_attempt().code, told) == ("user_disabled", [])


def test_the_loader_describes_us_to_each_provider(provider: IdentityProvider) -> None:
    other = connect(IdP(), alias="other")

    for one in (provider, other):
        config = get_config(request=_request(path_of(one, "endpoint/descriptor")))
        assert config.entityid == one.entity_id
        assert config.endpoint("single_logout_service") == [one.logout_uri] * 2


@pytest.mark.django_db
def test_the_loader_knows_no_other_alias() -> None:
    with pytest.raises(Http404):
        get_config(request=_request("/auth/realms/runai/broker/nobody/endpoint/descriptor"))


def test_pysaml2_parses_nothing_in_the_server(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = visitor.ask()
    answer = visitor.idp.answer(visitor.idp.read(sent), name_id="jane-1", attributes=JANE)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pysaml2 parses")

    for parser in ("fromstring", "XML", "parse", "iterparse"):
        monkeypatch.setattr(f"defusedxml.ElementTree.{parser}", refuse)
    with pytest.raises(IncorrectlySigned):
        visitor.idp.read(sent)  # the control: the provider here is pysaml2's, which can read nothing now
    visitor.post(answer)

    assert visitor.is_signed_in()


def _request(path: str) -> Any:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    return request

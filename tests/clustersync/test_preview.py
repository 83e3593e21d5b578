"""The preview of a token says what the token says that is then issued, and leaves nothing behind."""

from html import unescape
from itertools import product
from typing import Any

import pytest

from accounts.models import Group, Session, User
from audit.models import Event
from clustersync.models import Cluster
from common.errors import DomainError, NotFound
from tests import cast
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.tokens.asking import make_shop
from tokens import jwt
from tokens.models import Application, Grant
from tokens.services.clients import COMMAND_LINE
from tokens.services.grants import begin
from tokens.services.issue import issue_to_person, scope_for
from tokens.services.preview import preview

PAGE = "/admin/clustersync/cluster/preview-token/"
MADE = {"jti", "iat", "exp", "nbf", "iss", "aud", "sid", "grant_id", "auth_time", "token_type", "typ"}


@pytest.fixture
def people(
    ada: User, alice: User, bob: User, charlie: User, eve: User, researchers: Group, prod: Cluster
) -> list[User]:
    plant_keys()
    prod.extra_groups = ["ops"]
    prod.save()
    cast.make_group("ops", bob, alice)
    User.objects.filter(pk=alice.pk).update(must_change_password=True)
    return [ada, User.objects.get(pk=alice.pk), bob, charlie, eve]


def issued(user: User, application: Application, audience: str) -> dict[str, Any] | str:
    """The claims of a token that is really issued to somebody who just signed in; the code of a refusal."""
    session = Session.objects.create(user=user, expires_at="2099-01-01T00:00Z")
    scope = " ".join(scope_for(application, application.scopes))
    try:
        _, grant = begin(session=session, application=application, scope=scope, audience=audience)
        token = issue_to_person(grant=grant, audience=audience).access_token
    except DomainError as refusal:
        return refusal.code
    return {name: value for name, value in jwt.read_for_anybody(token).items() if name not in MADE}


def test_it_says_what_is_then_issued(people: list[User], ada: User, prod: Cluster) -> None:
    line, shop = Application.objects.get(client_id=COMMAND_LINE), make_shop()
    for user, (application, audience) in product(people, ((line, prod.audience), (line, ""), (shop, ""), (shop, "x"))):
        made = preview(actor=ada, user=user, application=application, audience=audience)
        really = issued(user, application, audience)

        if isinstance(really, str):  # by the first of several reasons, which are asked in another order
            assert made.refused and not made.claims, (user, application, audience)
            continue
        said = made.refused or {name: value for name, value in made.claims.items() if name not in MADE}
        assert said == really, (user, application, audience)


def test_it_leaves_nothing_behind(people: list[User], ada: User, prod: Cluster) -> None:
    before = Session.objects.count(), Grant.objects.count(), Event.objects.count()

    for user in people:
        preview(
            actor=ada, user=user, application=Application.objects.get(client_id=COMMAND_LINE), audience=prod.audience
        )

    assert (Session.objects.count(), Grant.objects.count(), Event.objects.count()) == before


def test_it_is_of_nobody_whom_one_may_not_see(people: list[User], vera: User, charlie: User) -> None:
    with pytest.raises(NotFound):
        preview(actor=vera, user=charlie, application=Application.objects.get(client_id=COMMAND_LINE))


def test_the_page_shows_the_claims_and_no_token(
    people: list[User], ada: User, prod: Cluster, browser_as: BrowserAs
) -> None:
    browser = browser_as(ada)
    page = unescape(browser.get(PAGE, {"person": "Bob@Example.com", "target": f"cluster:{prod.pk}"}).content.decode())

    assert '"preferred_username": "bob@example.com"' in page and '"researchers"' in page and "eyJ" not in page
    refused = browser.get(PAGE, {"person": "eve@example.com", "target": f"cluster:{prod.pk}"}).content.decode()
    assert "There would be no token. The user is disabled." in refused


@pytest.mark.parametrize(
    "asked",
    [
        {"person": "charlie@example.com"},
        {"person": "nobody@example.com"},
        {"person": "\x01" * 300},
        {"target": "cluster:x"},
        {"target": "app:nobody"},
        {"target": "x"},
        {"person": "<script>alert(1)</script>"},
    ],
)
def test_a_scoped_administrator_sees_only_theirs(
    people: list[User], vera: User, prod: Cluster, browser_as: BrowserAs, asked: dict[str, str]
) -> None:
    cast.make_group("secret-group", User.objects.get(email="bob@example.com"))
    browser = browser_as(vera)

    answer = browser.get(PAGE, {"person": "bob@example.com", "target": f"cluster:{prod.pk}", **asked})

    page = answer.content.decode()
    assert answer.status_code == 200 and "preferred_username" not in page and "<script>alert" not in page
    assert 'class="errorlist"' in page
    own = browser.get(PAGE, {"person": "bob@example.com", "target": f"app:{COMMAND_LINE}"}).content.decode()
    assert "secret-group" not in own


def test_it_is_closed_to_who_reads_no_users(charlie: User, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(PAGE).status_code in (302, 403)

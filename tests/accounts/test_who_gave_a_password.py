"""A password or link that somebody was shown for another person is good while they could make it again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from access.models import AccessRule, Scope
from accounts.models import LinkPurpose, User
from accounts.services.groups import add_member
from accounts.services.invitations import invite_user
from accounts.services.password_links import make_link
from accounts.services.passwords import change_password, reset_password
from accounts.services.users import create_user, delete_user, disable_user
from audit.models import Event
from audit.services import FAILED
from common.actors import SYSTEM, Actor
from tests import cast
from tests.mail.test_links import NEW, choose, is_over
from tokens.models import Application
from tokens.services.applications import delete_application, set_application_enabled

pytestmark = pytest.mark.django_db
EMAIL = "new@example.com"
Use = Callable[[], bool]
LESS = ("who made it holds less by now", "who gave the password holds less by now")


def new() -> User:
    return User.objects.get(email=EMAIL)


def by_password(password: str) -> Use:
    return lambda: Client().post("/login", {"email": EMAIL, "password": password}).status_code == 302


def by_link(maker: Actor) -> Use:
    _, link = invite_user(actor=maker, email=EMAIL, by_mail=False)
    assert link
    address = link.address.removeprefix("http://testserver")
    return lambda: not is_over(address)


WAYS: dict[str, Callable[[Actor], Use]] = {
    "a link": by_link,
    "a temporary password": lambda maker: by_password(create_user(actor=maker, email=EMAIL)[1] or ""),
    "a password reset": lambda maker: by_password(
        reset_password(actor=maker, user=create_user(actor=SYSTEM, email=EMAIL)[0])
    ),
}


def demoted(maker: Any) -> None:
    AccessRule.objects.filter(subject_id=maker.rule_subject[1]).delete()


def promoted(maker: Any) -> None:
    cast.rule("user", EMAIL, "System administrator", root())


def in_a_group(maker: Any) -> None:
    cast.rule("group", "gods", "System administrator", root())
    add_member(actor=SYSTEM, group=cast.make_group("gods"), user=new())


def disabled(maker: Any) -> None:
    if isinstance(maker, Application):
        set_application_enabled(actor=SYSTEM, application=maker, enabled=False)
    else:
        disable_user(actor=SYSTEM, user=maker)


def deleted(maker: Any) -> None:
    if isinstance(maker, Application):
        delete_application(actor=SYSTEM, application=maker)
    else:
        delete_user(actor=SYSTEM, user=maker)


CHANGES = (demoted, promoted, in_a_group, disabled, deleted)


def root() -> Any:
    return Scope.objects.get(parent=None)


@pytest.fixture(params=["mona", "tool"])
def maker(request: pytest.FixtureRequest, ada: User, tree: cast.Tree) -> Any:
    """System administrator beside Ada: a person, or an application."""
    if request.param == "mona":
        person = cast.person("mona")
        cast.rule("user", person.email, "System administrator", tree.tenant)
        return person
    application = Application.objects.create(name="tool", client_id="tool")
    cast.rule("app", "tool", "System administrator", tree.tenant)
    return application


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("way", WAYS)
def test_it_is_over_when_they_hold_less_than_the_account(maker: Any, way: str, change: Callable[[Any], None]) -> None:
    use = WAYS[way](maker)

    change(maker)

    assert not use()
    assert Event.objects.filter(result=FAILED, entity_name=EMAIL, reason__in=LESS).exists()


@pytest.mark.parametrize("way", WAYS)
def test_it_is_good_until_then(maker: Any, tree: cast.Tree, way: str) -> None:
    use = WAYS[way](maker)
    cast.rule("user", EMAIL, "Editor", tree.vision)

    assert use()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_password_of_ones_own_stays(maker: Any, change: Callable[[Any], None]) -> None:
    user, temporary = create_user(actor=maker, email=EMAIL)
    change_password(user=user, current=temporary or "", new=NEW)

    change(maker)

    assert by_password(NEW)()


def test_one_that_need_not_be_changed_stays(maker: Any) -> None:
    """Scripts use it, long after whoever made them a user is gone."""
    _, password = create_user(actor=maker, email=EMAIL, must_change_password=False)

    demoted(maker)

    assert by_password(password or "")()


def test_one_that_a_server_of_the_version_before_has_set_stays(maker: Any) -> None:
    """It writes the password, and knows nothing of who gave the one before."""
    create_user(actor=maker, email=EMAIL)
    User.objects.filter(email=EMAIL).update(password=make_password(NEW), must_change_password=False)

    demoted(maker)

    assert by_password(NEW)()


def test_who_reset_their_own_is_not_locked_out(ada: User, tree: cast.Tree) -> None:
    user, _ = create_user(actor=SYSTEM, email=EMAIL)
    cast.rule("user", EMAIL, "System administrator", tree.tenant)
    use = by_password(reset_password(actor=new(), user=user))

    demoted(user)

    assert use()


def test_a_mailed_link_is_known_to_its_reader_alone(maker: Any) -> None:
    user, _ = create_user(actor=maker, email=EMAIL)
    link = make_link(user, LinkPurpose.INVITATION)

    demoted(maker)

    assert choose(link.address.removeprefix("http://testserver")).status_code == 302

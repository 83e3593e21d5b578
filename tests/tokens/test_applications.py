import time
from collections.abc import Callable
from functools import partial

import pytest

from access.models import AccessRule
from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Forbidden, NotFound
from tests import cast
from tests.conftest import APIAs
from tests.tokens.asking import ask
from tests.tokens.registering import ec_jwk, public
from tokens.models import Application
from tokens.services.applications import (
    delete_application,
    end_previous_secret,
    register_client,
    rotate_secret,
    set_application_enabled,
)

APPS = "/api/v1/apps"
VERBS = (rotate_secret, end_previous_secret, delete_application, partial(set_application_enabled, enabled=False))


def gets_a_token(client_id: str, secret: str) -> bool:
    return bool(ask(grantType="client_credentials", clientID=client_id, clientSecret=secret).status_code == 200)


@pytest.mark.parametrize(("path", "field"), [(APPS, "secret"), ("/api/v1/service-accounts", "clientSecret")])
def test_it_makes_an_application_with_a_secret_that_works(ada: User, api_as: APIAs, path: str, field: str) -> None:
    answer = api_as(ada).post(path, {"name": "pipeline"})

    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == {"id", "name", "clientId", field}
    assert gets_a_token(body["clientId"], body[field])


def test_it_never_shows_the_secret_again(ada: User, api_as: APIAs) -> None:
    made = api_as(ada).post(APPS, {"name": "pipeline"}).json()

    listed, shown = api_as(ada).get(APPS), api_as(ada).get(f"{APPS}/{made['id']}")

    assert made["secret"] not in listed.content.decode() + shown.content.decode()
    assert not [name for name in shown.json() if "secret" in name.lower()]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("robo", 409),
        ("cli", 400),
        ("runai-cli", 400),
        ("Robo", 400),
        ("r", 400),
        ("r b", 400),
        ("-robo", 400),
        ("a0000000-0000-4000-8000-000000000001", 400),
        ("robo\n", 409),
        ("", 400),
    ],
)
def test_it_takes_names_that_nobody_else_can_be_taken_for(
    ada: User, robo: Application, api_as: APIAs, name: str, status: int
) -> None:
    assert api_as(ada).post(APPS, {"name": name}).status_code == status


def test_it_replaces_the_secret(ada: User, robo: Application, api_as: APIAs) -> None:
    secret = api_as(ada).post(f"{APPS}/{robo.pk}/secret?overlapSeconds=0").json()["secret"]

    assert gets_a_token("robo", secret)
    assert not gets_a_token("robo", cast.ROBO_SECRET)


def test_the_secret_before_is_good_until_then(ada: User, robo: Application, api_as: APIAs) -> None:
    secret = api_as(ada).post(f"{APPS}/{robo.pk}/secret?overlapSeconds=2").json()["secret"]

    both = gets_a_token("robo", secret) and gets_a_token("robo", cast.ROBO_SECRET)
    ends_at = api_as(ada).get(f"{APPS}/{robo.pk}").json()["overlapEndsAt"]
    time.sleep(2.1)

    assert both and ends_at
    assert gets_a_token("robo", secret) and not gets_a_token("robo", cast.ROBO_SECRET)
    assert api_as(ada).get(f"{APPS}/{robo.pk}").json()["overlapEndsAt"] is None


def test_two_secrets_are_good_at_most(ada: User, robo: Application, api_as: APIAs) -> None:
    second, third = (api_as(ada).post(f"{APPS}/{robo.pk}/secret").json()["secret"] for _ in range(2))

    assert [gets_a_token("robo", secret) for secret in (cast.ROBO_SECRET, second, third)] == [False, True, True]


def test_the_secret_before_is_ended(ada: User, robo: Application, api_as: APIAs) -> None:
    secret = api_as(ada).post(f"{APPS}/{robo.pk}/secret").json()["secret"]

    ends = [api_as(ada).delete(f"{APPS}/{robo.pk}/previous-secret").status_code for _ in range(2)]

    assert ends == [204, 409]
    assert gets_a_token("robo", secret) and not gets_a_token("robo", cast.ROBO_SECRET)


def test_a_client_without_secrets_has_none_before(ada: User, robo: Application, api_as: APIAs) -> None:
    api_as(ada).post(f"{APPS}/{robo.pk}/secret")
    key = {"keys": [public(ec_jwk())]}
    by_key = {"tokenEndpointAuthMethod": "private_key_jwt", "jwks": key}
    api_as(ada).patch(f"{APPS}/{robo.pk}", by_key)
    by_secret = {"tokenEndpointAuthMethod": "client_secret_basic", "jwks": None}

    robo.refresh_from_db()
    assert (robo.previous_secret_hash, robo.previous_secret_ends_at) == ("", None)
    assert api_as(ada).patch(f"{APPS}/{robo.pk}", by_secret).status_code == 200
    assert not gets_a_token("robo", cast.ROBO_SECRET)
    assert not gets_a_token("robo", "")
    api_as(ada).post(f"{APPS}/{robo.pk}/secret")
    robo.refresh_from_db()
    assert (robo.previous_secret_hash, robo.previous_secret_ends_at) == ("", None)


def test_it_switches_an_application_off_and_on(ada: User, robo: Application, api_as: APIAs) -> None:
    api_as(ada).patch(f"{APPS}/{robo.pk}", {"enabled": False})
    off = gets_a_token("robo", cast.ROBO_SECRET)
    api_as(ada).patch(f"{APPS}/{robo.pk}", {"enabled": True})

    assert not off and gets_a_token("robo", cast.ROBO_SECRET)


def test_it_deletes_its_access_rules_with_it(ada: User, robo: Application, api_as: APIAs) -> None:
    assert api_as(ada).delete(f"{APPS}/{robo.pk}").status_code == 204

    assert not AccessRule.objects.live().filter(subject_id="robo").exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", ""),
        ("patch", "/{pk}"),
        ("delete", "/{pk}"),
        ("post", "/{pk}/secret"),
        ("delete", "/{pk}/previous-secret"),
    ],
)
def test_it_refuses_who_may_not(alice: User, robo: Application, api_as: APIAs, method: str, path: str) -> None:
    answer = getattr(api_as(alice), method)(APPS + path.format(pk=robo.pk), {"name": "x1", "enabled": False})

    assert answer.status_code == 403
    assert gets_a_token("robo", cast.ROBO_SECRET)


def test_it_shows_only_those_of_ones_own_scope(alice: User, robo: Application, tree: cast.Tree, api_as: APIAs) -> None:
    hidden = api_as(alice).get(APPS).json()
    cast.rule("app", "robo", "Viewer", tree.faces)

    assert hidden == []
    assert [app["name"] for app in api_as(alice).get(APPS).json()] == ["robo"]


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_touches_an_application_that_may_more(
    ada: User, robo: Application, tree: cast.Tree, verb: Callable[..., object]
) -> None:
    system = tree.tenant.parent
    assert system
    cast.rule("app", "robo", "Viewer", system)

    with pytest.raises(Forbidden, match="more than you hold"):
        verb(actor=ada, application=robo)


def make_another(actor: User, application: Application) -> None:
    register_client(actor=actor, name="other", registration={})


@pytest.mark.parametrize("verb", [*VERBS, make_another])
def test_no_verb_trusts_that_somebody_else_has_asked(
    alice: User, robo: Application, verb: Callable[..., object]
) -> None:
    AccessRule.objects.filter(subject_type="app").delete()

    with pytest.raises(Forbidden, match="You may not"):
        verb(actor=alice, application=robo)


def test_nobody_makes_an_application_for_which_stronger_rules_wait(ada: User, tree: cast.Tree) -> None:
    system = tree.tenant.parent
    assert system
    cast.rule("app", "waited-for", "Viewer", system)

    with pytest.raises(Forbidden, match="more than you hold"):
        register_client(actor=ada, name="waited-for", registration={})


def test_it_records_each_change(ada: User, api_as: APIAs) -> None:
    pk = api_as(ada).post(APPS, {"name": "pipeline"}).json()["id"]
    api_as(ada).post(f"{APPS}/{pk}/secret")
    api_as(ada).patch(f"{APPS}/{pk}", {"enabled": False})
    api_as(ada).delete(f"{APPS}/{pk}")

    actions = Event.objects.filter(entity_name="pipeline").order_by("pk").values_list("action", "subject")
    assert list(actions) == [
        ("application:create", ada.email),
        ("application:secret:rotate", ada.email),
        ("application:disable", ada.email),
        ("application:delete", ada.email),
    ]


def test_the_server_itself_may(db: None) -> None:
    application, secret = register_client(actor=SYSTEM, name="pipeline", registration={})

    assert gets_a_token(application.client_id, secret)


def test_it_tells_who_comes_too_late(ada: User, robo: Application) -> None:
    Application.objects.filter(pk=robo.pk).delete()

    with pytest.raises(NotFound, match="deleted meanwhile"):
        rotate_secret(actor=ada, application=robo)
    with pytest.raises(NotFound, match="deleted meanwhile"):
        set_application_enabled(actor=ada, application=robo, enabled=False)
    with pytest.raises(NotFound, match="deleted meanwhile"):
        delete_application(actor=ada, application=robo)


def test_it_notes_when_an_application_was_last_changed(ada: User, robo: Application, api_as: APIAs) -> None:
    answer = api_as(ada).patch(f"{APPS}/{robo.pk}", {"enabled": False}).json()

    assert answer["updatedAt"] > robo.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(("path", "field"), [(APPS, "secret"), ("/api/v1/service-accounts", "clientSecret")])
def test_the_answer_says_until_when_the_secret_before_is_good(
    ada: User, robo: Application, api_as: APIAs, path: str, field: str
) -> None:
    made = api_as(ada).post(f"{path}/{robo.pk}/secret").json()
    at_once = api_as(ada).post(f"{path}/{robo.pk}/secret?overlapSeconds=0").json()

    assert set(made) == {field, "overlapEndsAt"}
    assert made["overlapEndsAt"] is not None
    assert at_once["overlapEndsAt"] is None

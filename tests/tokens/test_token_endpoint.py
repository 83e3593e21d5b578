from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from access.models import AccessRule
from accounts.models import Group, Session, User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.tokens.asking import ask, by_password, by_refresh, by_secret, call_api
from tokens import jwt
from tokens.claims import Claims
from tokens.models import Application, Grant


def claims(token: str) -> Claims:
    return jwt.read_for_anybody(token)


def test_it_gives_a_person_three_tokens_for_the_password(alice: User) -> None:
    issued = by_password(alice)

    assert issued.keys() == {"accessToken", "idToken", "refreshToken", "expiresIn", "tokenType"}
    assert issued["expiresIn"] == 3600
    assert call_api(issued["accessToken"]).json()["username"] == alice.email  # type: ignore[attr-defined]


def test_it_gives_an_application_one_token_under_both_names(robo: Application) -> None:
    issued = by_secret(robo)

    assert issued["idToken"] == issued["accessToken"]
    assert "refreshToken" not in issued
    assert claims(issued["accessToken"])["preferred_username"] == "service-account-robo"


@pytest.mark.parametrize(
    "body",
    [
        {"grantType": "app_token", "AppId": "robo", "AppSecret": cast.ROBO_SECRET},
        {"grantType": "app_token", "appID": "robo", "appSecret": cast.ROBO_SECRET},
        {"grantType": "client_credentials", "clientId": "robo", "clientSecret": cast.ROBO_SECRET},
        {"GRANTTYPE": "client_credentials", "CLIENTID": "robo", "clientsecret": cast.ROBO_SECRET, "username": None},
    ],
)
def test_it_reads_names_in_any_case(robo: Application, body: dict[str, str]) -> None:
    assert ask(**body).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"grantType": "implicit"}, "invalid"),
        ({"grantType": "password", "username": "a@example.com"}, "missing_field"),
        ({"grantType": "password", "username": "a@example.com", "password": 7}, "invalid"),
        ({"grantType": "client_credentials", "clientID": "robo"}, "missing_field"),
        ({"grantType": "refresh_token", "refreshToken": "x" * 501}, "invalid"),
        ({"grantType": "refresh_token", "refreshToken": "never.issued"}, "invalid_grant"),
        ({"grantType": "app_token", "appID": "robo", "APPID": "robo", "appSecret": "x"}, "invalid"),
        ({"grantType": "password", "username": "a@b.co", "password": "x", "clientID": "robo"}, "unknown_client"),
    ],
)
def test_it_refuses_what_it_cant_understand(db: None, body: dict[str, object], code: str) -> None:
    answer = ask(**body)

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == (400, code)


def test_it_answers_alike_for_every_wrong_credential(alice: User, eve: User, robo: Application) -> None:
    Application.objects.update(enabled=False)
    wrong = [
        ask(grantType="password", username=alice.email, password="wrong"),
        ask(grantType="password", username="nobody@example.com", password="wrong"),
        ask(grantType="password", username=eve.email, password=cast.PASSWORD),
    ]
    clients = [
        ask(grantType="client_credentials", clientID="nobody", clientSecret="x"),
        ask(grantType="client_credentials", clientID="robo", clientSecret="x"),
        ask(grantType="client_credentials", clientID="robo", clientSecret=cast.ROBO_SECRET),
    ]

    assert len({(answer.status_code, answer.content) for answer in wrong}) == 1
    assert len({(answer.status_code, answer.content) for answer in clients}) == 1


def test_it_forbids_caches_to_keep_the_answer(robo: Application) -> None:
    answer = ask(grantType="client_credentials", clientID="robo", clientSecret=cast.ROBO_SECRET)

    assert answer["Cache-Control"] == "no-store"


def test_it_gives_nobody_a_token_before_the_temporary_password_is_changed(alice: User) -> None:
    User.objects.update(must_change_password=True)

    answer = ask(grantType="password", username=alice.email, password=cast.PASSWORD)

    assert answer.json()["details"] == "must_change_password"
    assert Event.objects.get(result="Failed").reason == "must_change_password"
    assert not Session.objects.exists() and not Grant.objects.exists()


def test_it_can_switch_the_password_grant_off(alice: User, settings: Settings) -> None:
    settings.PASSWORD_GRANT_ENABLED = False

    answer = ask(grantType="password", username=alice.email, password=cast.PASSWORD)

    assert answer.json()["details"] == "grant_disabled"


def test_it_makes_a_token_for_one_cluster(alice: User, prod: Cluster) -> None:
    issued = by_password(alice, audience=prod.audience)

    assert claims(issued["accessToken"])["aud"] == prod.audience
    assert issued["expiresIn"] == 600
    assert call_api(issued["accessToken"]).status_code == 401


def test_a_clusters_token_names_only_the_groups_that_matter_there(bob: User, researchers: Group, prod: Cluster) -> None:
    cast.make_group("dancers", bob)

    assert claims(by_password(bob)["accessToken"])["groups"] == ["dancers", "researchers"]
    assert claims(by_password(bob, audience=prod.audience)["accessToken"])["groups"] == ["researchers"]


def test_it_allows_for_clocks_that_are_a_little_behind(robo: Application) -> None:
    said = claims(by_secret(robo)["accessToken"])

    assert (said["iat"] - said["nbf"], said["exp"] - said["iat"]) == (10, 3600)  # type: ignore[operator]  # numbers


def test_it_notes_at_most_once_a_minute_that_an_application_came(robo: Application) -> None:
    def last_login_after_asking() -> object:
        by_secret(robo)
        return Application.objects.get(name="robo").last_login

    first, second = last_login_after_asking(), last_login_after_asking()
    Application.objects.update(last_login=timezone.now() - timedelta(seconds=61))

    assert first and first == second
    assert last_login_after_asking() > first  # type: ignore[operator]  # both are times


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (("prod", None), "prod"),
        ((None, "prod"), "prod"),
        (("prod", "prod"), "prod"),
        (("", "prod"), "invalid_target"),
        ((None, ""), "invalid_target"),
        (("prod", "urn:runai:api"), "invalid_target"),
        ((None, "runai-prod"), "unknown_audience"),
    ],
)
def test_resource_is_the_audience(alice: User, prod: Cluster, asked: tuple[str | None, ...], given: str) -> None:
    named = [prod.audience if name == "prod" else name for name in asked]

    answer = ask(
        grantType="password", username=alice.email, password=cast.PASSWORD, audience=named[0], resource=named[1]
    ).json()

    assert given in ("prod", answer.get("details"))
    assert given != "prod" or claims(answer["accessToken"])["aud"] == prod.audience


def test_it_refuses_an_audience_that_no_cluster_has(alice: User) -> None:
    answer = ask(grantType="password", username=alice.email, password=cast.PASSWORD, audience="runai-prod")

    assert answer.json()["details"] == "unknown_audience"


def test_it_records_who_signed_in_and_who_was_refused(alice: User, robo: Application) -> None:
    by_password(alice)
    ask(grantType="client_credentials", clientID="robo", clientSecret="wrong")

    events = Event.objects.order_by("pk").values_list("action", "result", "reason")
    signed_in = [("session:sign-in", "Succeeded", ""), ("grant:begin", "Succeeded", "")]
    assert list(events) == [*signed_in, ("token:refuse", "Failed", "wrong secret")]


def test_it_records_why_the_gate_was_shut(alice: User, robo: Application, prod: Cluster) -> None:
    refresh_token = by_password(alice)["refreshToken"]
    AccessRule.objects.update(deleted_at=timezone.now())

    by_refresh(refresh_token, audience=prod.audience)
    ask(grantType="client_credentials", clientID="robo", clientSecret=cast.ROBO_SECRET, audience=prod.audience)

    events = Event.objects.filter(action="token:refuse").order_by("pk")
    assert list(events.values_list("subject", "reason")) == [
        (alice.email, "no_rule_reaches_cluster"),
        ("robo", "no_rule_reaches_cluster"),
    ]


def test_it_adds_no_row_for_an_applications_token(robo: Application) -> None:
    by_secret(robo)
    before = Event.objects.count()

    for _ in range(5):
        by_secret(robo)

    assert (Event.objects.count(), Session.objects.count(), Grant.objects.count()) == (before, 0, 0)

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.protocol.must import must
from tests.protocol.relying import make_client, make_public_client, metadata, post
from tokens.models import Application, DeviceCode

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def notebook() -> Application:
    return make_public_client("notebook", application_type="native", grant_types=[GRANT, "refresh_token"])


@pytest.fixture
def waiting(notebook: Application) -> dict[str, Any]:
    return begin(notebook)


def begin(application: Application, **params: str) -> dict[str, Any]:
    answer = post("auth/device", application, **{"scope": "openid email", **params})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def poll(application: Application, waiting: dict[str, Any]) -> Any:
    return post("token", application, grant_type=GRANT, device_code=waiting["device_code"])


def enter(browser: Client, waiting: dict[str, Any], decision: str = "allow") -> Any:
    shown = browser.post("/device", {"user_code": waiting["user_code"]})
    return browser.post("/device", {"request_token": shown.context["request_token"], "decision": decision})


@must("§3.1", "the request is a form by POST, with the client's id")
@must("§3.2", "device_code, user_code, verification_uri and expires_in are answered")
def test_it_gives_a_device_its_codes(waiting: dict[str, Any]) -> None:
    assert {"device_code", "user_code", "verification_uri", "expires_in", "interval"} <= set(waiting)
    assert (waiting["expires_in"], waiting["interval"]) == (600, 5)
    assert waiting["verification_uri_complete"].endswith(f"/device?user_code={waiting['user_code']}")


@must("§3.1", "a client that is unknown, or not registered for the grant, gets no codes")
def test_it_gives_others_none(shop: Application) -> None:
    assert post("auth/device", shop, scope="openid").json()["error"] == "unauthorized_client"
    assert post("auth/device", None, client_id="nobody").json()["error"] == "invalid_client"


@must("§3.1", "a confidential client authenticates here too")
def test_a_confidential_client_authenticates() -> None:
    make_client("till", grant_types=[GRANT])

    assert post("auth/device", None, client_id="till").status_code == 401


@must("§3.1", "the scope is checked as elsewhere, and a parameter stands there once")
def test_it_checks_what_is_asked(notebook: Application) -> None:
    assert post("auth/device", notebook, scope="every\u200bthing").json()["error"] == "invalid_scope"
    assert post("auth/device", notebook, scope=["openid", "email"]).json()["error"] == "invalid_request"


@must("§3.3", "people sign in before they enter a code")
def test_it_asks_who_enters_the_code(client: Client, waiting: dict[str, Any]) -> None:
    assert client.get("/device", {"user_code": waiting["user_code"]})["Location"].startswith("/login")


@must("§3.3.1", "a code in the address is not entered for the person, who is shown it")
@must("§5.4", "people see which device asks for what before they agree")
def test_it_shows_who_waits_before_anything_is_given(bobs: Client, waiting: dict[str, Any]) -> None:
    filled = bobs.get("/device", {"user_code": waiting["user_code"]})
    shown = bobs.post("/device", {"user_code": waiting["user_code"]})

    assert waiting["user_code"] in filled.content.decode()
    assert "notebook" in shown.content.decode() and "e-mail address" in shown.content.decode()
    assert DeviceCode.objects.get().approved_in is None


@must("§6.1", "the code is taken in any case, and whatever stands between its letters")
def test_it_takes_the_code_as_people_type_it(bobs: Client, waiting: dict[str, Any]) -> None:
    typed = waiting["user_code"].lower().replace("-", "  ")

    assert bobs.post("/device", {"user_code": typed}).status_code == 200


@must("§3.4", "the code is redeemed at the token endpoint by its own grant type")
@must("§3.5", "the answer is that of any other grant")
def test_it_lets_the_device_in(bobs: Client, notebook: Application, waiting: dict[str, Any]) -> None:
    enter(bobs, waiting)

    answer = poll(notebook, waiting)

    assert answer.status_code == 200
    assert {"access_token", "refresh_token", "id_token", "token_type", "expires_in"} <= set(answer.json())


@must("§3.5", "authorization_pending says that nobody has entered the code")
@must("§3.5", "slow_down makes the device wait five seconds longer")
def test_it_keeps_devices_waiting(
    notebook: Application, waiting: dict[str, Any], clock: time_machine.Traveller
) -> None:
    said = []
    for seconds in (0, 1, 6, 15):
        clock.shift(timedelta(seconds=seconds))
        said.append(poll(notebook, waiting).json()["error"])

    assert said == ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]


@must("§3.5", "access_denied says that the person said no")
def test_it_says_that_the_person_said_no(bobs: Client, notebook: Application, waiting: dict[str, Any]) -> None:
    enter(bobs, waiting, "deny")

    assert poll(notebook, waiting).json()["error"] == "access_denied"


@must("§3.5", "expired_token says that the time is over")
@must("§3.2", "codes end when expires_in says")
def test_it_says_that_the_time_is_over(
    notebook: Application, waiting: dict[str, Any], clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(seconds=waiting["expires_in"]))

    assert poll(notebook, waiting).json()["error"] == "expired_token"


@must("§3.4", "a device code is good for its own client")
def test_a_code_is_of_one_client(bobs: Client, waiting: dict[str, Any]) -> None:
    enter(bobs, waiting)

    assert poll(make_public_client("other", grant_types=[GRANT]), waiting).json()["error"] == "invalid_grant"


@must("§5.1", "user codes can't be found by trying")
def test_it_counts_wrong_codes(bobs: Client, waiting: dict[str, Any]) -> None:
    for _ in range(10):
        bobs.post("/device", {"user_code": "BCDF-GHJK"})

    assert bobs.post("/device", {"user_code": waiting["user_code"]}).status_code == 400


@must("§5.2", "device codes can't be found by trying")
@must("§6.1", "user codes have letters that nobody mistakes, and spell no words")
def test_its_codes_are_random(notebook: Application) -> None:
    made = [begin(notebook) for _ in range(20)]

    assert {len(each["device_code"]) for each in made} == {43}
    assert set("".join(each["user_code"] for each in made)) <= set("BCDFGHJKLMNPQRSTVWXZ-")
    assert len({each["user_code"] for each in made}) == 20


@must("§4", "the metadata names the endpoint and the grant type")
def test_the_metadata_names_it() -> None:
    assert metadata()["device_authorization_endpoint"].endswith("/auth/device")
    assert GRANT in metadata()["grant_types_supported"]

import json
import logging

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.tokens.asking import ask, by_password, by_refresh, by_secret, call_api
from tokens.models import Application


def test_no_flow_leaves_a_secret_in_the_log_or_the_trail(
    alice: User, robo: Application, prod: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    issued = by_password(alice, audience=prod.audience)
    refreshed = json.loads(by_refresh(issued["refreshToken"]).content)
    application = by_secret(robo)
    ask(grantType="password", username=alice.email, password="a-wrong-password")
    ask(grantType="client_credentials", clientID="robo", clientSecret="a-wrong-secret")
    call_api("a.wrong.token")
    browser = Client()
    browser.post("/login", {"email": alice.email, "password": cast.PASSWORD})

    written = caplog.text + json.dumps(list(Event.objects.values()), default=str)

    tokens = [*issued.values(), *refreshed.values(), *application.values(), browser.cookies["session"].value]
    secrets = [text for text in tokens if isinstance(text, str) and len(text) > 20]
    wrong = ["a-wrong-password", "a-wrong-secret", "a.wrong.token"]
    assert len(secrets) == 9
    assert [secret for secret in [*secrets, *wrong, cast.PASSWORD, cast.ROBO_SECRET] if secret in written] == []

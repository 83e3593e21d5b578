"""schemathesis makes up requests from our own description: none may make a 500, nor get an answer not described."""

from typing import Any

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # here, since threads of a live server compile too (CPython gh-106905)
from hypothesis import HealthCheck, given, settings
from pytest_django.live_server_helper import LiveServer
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.attacks.published import OPERATIONS, Operation
from tests.keys import plant_keys
from tests.tokens.asking import by_password

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.django_db(transaction=True)]

EXAMPLES = 20


@pytest.fixture
def bearer(ada: User, prod: Cluster) -> str:
    plant_keys()
    return str(by_password(ada)["accessToken"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_it_answers_as_described(operation: Operation, bearer: str, live_server: LiveServer) -> None:
    described = schemathesis.openapi.from_url(f"{live_server.url}/api/docs/openapi.json")
    token = cast.PROD_WEBHOOK_TOKEN if operation.path.endswith("/tokenreview") else bearer

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=described[operation.path][operation.method].as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
        )

    ask()

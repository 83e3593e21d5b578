"""No body costs more than a few milliseconds, or is answered at length, whatever it is too much of."""

import time

import pytest

from tests.anonymous.bodies import BODIES
from tests.anonymous.cases import CASES, EVERYWHERE
from tests.anonymous.requests import World, ask
from tests.anonymous.test_cost import op, world  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db

POSTED = sorted({case.address for case in CASES if case.method == "POST"} - {EVERYWHERE})
PRIVATE = ["/admin/", "/admin/sso/identityprovider/add/", "/account", "/password", "/api/v1/users"]
# Of a worker's CPU. A SAML response may be long: to take 255 KB out of %41 is 20 ms.
MOST_SECONDS, MOST_SECONDS_OF_SAML = 0.03, 0.06
LONGEST_ANSWER = 20_000


def seconds(path: str, kind: str, body: bytes) -> float:
    """The least of several: the rest is the machine's."""
    taken = []
    for number in range(3):
        began = time.process_time()
        answer = ask("post", path, number, data=body, content_type=kind, headers={"Authorization": "Bearer x"})
        taken.append(time.process_time() - began)
        assert answer.status_code != 500 and len(answer.content) < LONGEST_ANSWER
    return min(taken)


@pytest.mark.slow
@pytest.mark.parametrize("address", [*POSTED, *PRIVATE])
def test_no_body_costs_more_than_a_few_milliseconds(world: World, address: str) -> None:  # noqa: F811
    path = address.format(w=world).replace("/x/", "/corp/")
    most = MOST_SECONDS_OF_SAML if "/broker/" in address else MOST_SECONDS

    costly = {name: spent for name, (kind, body) in BODIES.items() if (spent := seconds(path, kind, body)) > most}

    assert costly == {}

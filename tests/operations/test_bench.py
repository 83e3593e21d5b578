"""What `make bench` asks for is answered: a row that measured refusals would be a lie."""

import shutil

import pytest
from django.test import Client

from bench.load import exchanged
from bench.peers import oidc_provider
from bench.works import WORKS, Work, make_world
from tests.keys import plant_keys


def send(request: bytes, expected: bytes = b"200") -> bytes:
    head, _, body = request.decode().partition("\r\n\r\n")
    first, *fields = head.split("\r\n")
    method, path, _ = first.split()
    headers = dict(field.split(": ", 1) for field in fields)
    answer = Client().generic(method, path, body, headers.pop("Content-Type"), headers=headers)
    assert answer.status_code == int(expected), answer.content
    return answer.content


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_every_work_is_answered_again_and_again(work: Work) -> None:
    plant_keys()
    (caller,) = work.callers(make_world())(1)

    for _ in range(3):
        caller.answered(send(caller.request(), getattr(caller, "expects", b"200")))


REVIEWS = [work for work in WORKS if work.name.startswith("TokenReview")]


@pytest.mark.django_db
@pytest.mark.parametrize("review", REVIEWS, ids=[work.name for work in REVIEWS])
def test_the_token_that_is_reviewed_is_believed(review: Work) -> None:
    plant_keys()
    (caller,) = review.callers(make_world())(1)

    assert b'"authenticated":true' in send(caller.request())


@pytest.mark.django_db
def test_the_token_that_is_introspected_is_active() -> None:
    plant_keys()
    (introspection,) = [work for work in WORKS if work.name == "introspection"]
    (caller,) = introspection.callers(make_world())(1)

    assert b'"active": true' in send(caller.request())


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("node"), reason="scripts/install-node brings Node.js and node oidc-provider")
def test_the_peer_in_memory_answers_again_and_again() -> None:
    with oidc_provider.serving() as (port, _):
        answers = {
            name: [exchanged(caller, port) for _ in range(3)]
            for name, begin in oidc_provider.works(port).items()
            for caller in [begin()]
        }

    assert all(b'"access_token":"ey' in answer for answer in answers["client credentials, ES256"])
    assert all(b'"active":true' in answer for answer in answers["introspection"])

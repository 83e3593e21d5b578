"""Notes are written after the response, and no answer hangs on them."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from clustersync.models import Cluster, ClusterCredential
from common import bookkeeping, context
from common.bookkeeping import note, note_columns, write_down
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import ask
from tokens.models import Application

pytestmark = pytest.mark.django_db


def fail() -> None:
    raise OperationalError("attempt to write a readonly database")


def test_a_use_is_written_once_the_response_is_sent(robo: Application) -> None:
    plant_keys()
    answer = ask(grantType="client_credentials", clientID=robo.client_id, clientSecret=cast.ROBO_SECRET)
    robo.refresh_from_db()

    assert answer.status_code == 200 and robo.last_login is not None


def test_within_a_request_it_is_kept_and_the_last_one_counts(prod: Cluster) -> None:
    token = context.enter(context.RequestContext(request_id="1"))
    credential = ClusterCredential.objects.filter(cluster=prod).first()
    assert credential is not None
    for created_by in ("first", "second"):
        note_columns(credential, created_by=created_by)
    credential.refresh_from_db()
    before = credential.created_by
    context.leave(token)

    write_down()
    credential.refresh_from_db()

    assert before != "second" and credential.created_by == "second"


def test_what_fails_is_one_line_and_is_not_tried_again_at_once(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[str] = []
    note("the weather", 1, fail)
    note("the weather", 2, lambda: tried.append("too soon"))

    assert [record.getMessage() for record in caplog.records] == [
        "the weather could not be written down: attempt to write a readonly database"
    ]
    assert tried == [] and caplog.records[0].exc_info is None


def test_it_is_tried_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(bookkeeping, "PAUSE", 0.0)
    note("the weather", 1, fail)
    note("the weather", 2, lambda: tried.append("again"))

    assert tried == ["again"]


def test_a_failure_leaves_the_transaction_around_it_usable(db: None) -> None:
    with bookkeeping.best_effort("the weather") as done, connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")

    assert done == [] and Application.objects.count() >= 0


def test_there_is_a_bound_on_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeping, "MOST", 3)
    token = context.enter(context.RequestContext(request_id="1"))
    for number in range(10):
        note("the weather", number, lambda: None)
    context.leave(token)

    assert len(bookkeeping._notes) == 3


def test_nothing_is_written_where_nothing_was_used() -> None:
    assert Client().get("/healthz").status_code == 200
    assert bookkeeping._notes == {}

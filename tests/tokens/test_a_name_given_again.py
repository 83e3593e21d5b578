"""An application's client id can be given to another one later; what the first one holds must not come with it."""

import pytest

from clustersync.models import Cluster
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.conftest import post_review, review_body
from tests.tokens.asking import by_secret, call_api
from tokens.models import Application
from tokens.services.applications import delete_application, register_client
from tokens.services.clients import check_secret
from tokens.services.gate import NotAdmitted
from tokens.services.issue import issue_to_application


def replace(robo: Application) -> Application:
    """Delete robo and make another one, which may do the same."""
    delete_application(actor=SYSTEM, application=robo)
    again, _ = register_client(actor=SYSTEM, name="robo", registration={})
    return again


def test_it_refuses_the_bearer_token_of_the_earlier_application(robo: Application) -> None:
    token = by_secret(robo)["accessToken"]
    assert call_api(token).status_code == 200

    replace(robo)

    assert call_api(token).status_code == 401


def test_it_refuses_the_earlier_application_in_a_cluster(robo: Application, prod: Cluster, tree: cast.Tree) -> None:
    body = review_body(by_secret(robo, audience=prod.audience)["accessToken"])
    before = post_review(prod, cast.PROD_WEBHOOK_TOKEN, body).json()["status"]

    cast.rule("app", replace(robo).client_id, "Viewer", tree.vision)
    after = post_review(prod, cast.PROD_WEBHOOK_TOKEN, body).json()["status"]

    assert (before["authenticated"], after["authenticated"]) == (True, False)


def test_a_secret_that_was_right_a_moment_ago_is_of_the_earlier_application(robo: Application) -> None:
    checked = check_secret(client_id="robo", secret=cast.ROBO_SECRET)

    replace(robo)

    with pytest.raises(NotAdmitted):
        issue_to_application(application=checked)


def test_it_honours_the_token_of_the_later_application(robo: Application) -> None:
    again = replace(robo)
    Application.objects.filter(pk=again.pk).update(secret_hash=robo.secret_hash)

    assert call_api(by_secret(again)["accessToken"]).status_code == 200

"""The platform's own public client drives a live server."""

from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer
from runai.api_client import ApiClient
from runai.configuration import Configuration
from runai.runai_client import RunaiClient

from tests import cast
from tests.keys import plant_keys
from tokens.models import Application

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def client(live_server: LiveServer, tree: cast.Tree, robo: Application) -> Iterator[RunaiClient]:
    plant_keys()
    cast.rule("app", "robo", "System administrator", tree.tenant)
    configuration = Configuration(
        client_id="robo", client_secret=cast.ROBO_SECRET, runai_base_url=live_server.url, retry_enabled=False
    )
    yield RunaiClient(ApiClient(configuration))


def test_it_signs_in_and_manages_users(client: RunaiClient) -> None:
    users = client.authentication_and_authorization.users

    made = users.create_user({"email": "rosa@example.com", "resetPassword": False}).data
    listed = users.get_users(filter_by="username=@rosa").data
    users.delete_user_by_id(made["id"])

    assert [user["username"] for user in listed] == ["rosa@example.com"]
    assert users.count_users().data == {"count": 0}


def test_it_gives_access(client: RunaiClient, tree: cast.Tree) -> None:
    rules = client.authentication_and_authorization.access_rules
    rule = {"subjectId": "rosa@example.com", "subjectType": "user", "roleId": 5, "scopeType": "project"}

    made = rules.create_access_rule({**rule, "scopeId": tree.faces.pk}).data
    listed = rules.get_access_rules(subject_ids="rosa@example.com").data

    assert (listed["totalRecords"], listed["accessRules"][0]["id"]) == (1, made["id"])


def test_it_makes_an_application(client: RunaiClient) -> None:
    applications = client.authentication_and_authorization.applications

    made = applications.create_application(application_creation_request={"name": "pipeline"}).data

    assert made["clientId"] == "pipeline"
    assert made["secret"]


def test_it_sets_the_inactivity_timeout(client: RunaiClient) -> None:
    settings = client.authentication_and_authorization.settings

    settings.update_security_setting_by_key("browserSessionTimeout", {"idleTimeout": 30})

    assert settings.get_security_setting_by_key("browserSessionTimeout").data == {"idleTimeout": 30}

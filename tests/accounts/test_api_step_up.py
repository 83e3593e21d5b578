"""Before a sensitive act by the API, a person with a second factor has to have signed in a moment ago (RFC 9470)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone
from rest_framework.test import APIClient

from access.catalog import roles
from access.models import AccessRule
from accounts.models import GeneralSettings, Group, User
from runai_identity.api_step_up import MEMBERS, RULES, SENSITIVE, USERS
from tests import cast
from tests.accounts.factors import enrol
from tests.keys import plant_keys
from tests.tokens.asking import by_secret
from tokens.models import Application

# What is done without being asked: nothing of it makes a secret, an administrator, or a way to sign in.
ORDINARY = {
    "api/v1/token": {"POST"},
    "api/v1/authorization/permitted-scopes": {"POST"},  # a question
    "v1/k8s/auth/oauth/apptoken": {"POST"},
    USERS: {"POST"},  # by who waits for the address
    "api/v1/users/<uuid:pk>": {"DELETE"},
    "api/v1/users/<uuid:pk>/logout": {"POST"},
    "api/v1/me/password": {"POST", "PUT"},
    "api/v1/groups": {"POST"},
    "api/v1/groups/<uuid:pk>": {"DELETE"},
    MEMBERS: {"POST"},  # by what the group gives
    "api/v1/groups/<uuid:pk>/members/<uuid:user_pk>": {"DELETE"},
    RULES: {"POST"},  # by what it gives
    f"{RULES}/<int:rule_id>": {"DELETE"},
    "api/v1/org-unit/departments": {"POST"},
    "api/v1/org-unit/departments/<str:scope_id>": {"DELETE"},
    "api/v1/org-unit/projects": {"POST"},
    "api/v1/org-unit/projects/<str:scope_id>": {"DELETE"},
    "api/v1/apps/<uuid:pk>": {"DELETE"},
    "api/v1/apps/<uuid:pk>/previous-secret": {"DELETE"},
    "api/v1/service-accounts/<uuid:pk>": {"DELETE"},
    "api/v1/service-accounts/<uuid:pk>/previous-secret": {"DELETE"},
    "api/v1/clusters/<uuid:uuid>": {"DELETE"},
    "api/v1/clusters/<uuid:uuid>/credentials/<int:credential_id>": {"DELETE"},
    "api/v1/clusters/<uuid:uuid>/tokenreview": {"POST"},
    "api/v1/clusters/<uuid:uuid>/rbac/status": {"POST", "PUT"},
    "api/v1/clusters/<uuid:uuid>/rbac/diff": {"POST"},
    "api/v1/clusters/<uuid:uuid>/doctor": {"POST"},
    "api/v1/clusters/<uuid:uuid>/verify-token": {"POST"},
    "api/v1/me/cluster-tokens": {"POST"},  # one of more than a day asks by itself
    "api/v1/me/cluster-tokens/<uuid:pk>": {"DELETE"},
}
WRITING = ("POST", "PUT", "PATCH", "DELETE")
CASES = [(route, method) for route, methods in SENSITIVE.items() for method in sorted(methods)]


def calls(patterns: list[Any], prefix: str = "") -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= calls(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and (view := getattr(pattern.callback, "cls", None)):
            found |= {(route, method) for method in WRITING if hasattr(view, method.lower())}
    return found


def test_each_writing_method_is_sensitive_or_said_to_be_ordinary() -> None:
    known = {
        (route, method) for table in (SENSITIVE, ORDINARY) for route, methods in table.items() for method in methods
    }

    assert calls(get_resolver().url_patterns) - known == set()
    assert set(CASES) <= calls(get_resolver().url_patterns)


def as_person(user: User, *, ago: timedelta, **claims: object) -> APIClient:
    client = APIClient()
    told = {"auth_time": int((timezone.now() - ago).timestamp()), "amr": ["pwd"], **claims}
    client.force_authenticate(user=user, token=told)  # type: ignore[arg-type]  # the claims of an access token
    return client


def sent_to(client: APIClient, route: str, method: str) -> Any:
    path = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", route).replace("<str:alias>", "corp")
    path = path.replace("<str:key>", "browserSessionTimeout")
    return client.generic(method, f"/{path}", "{}", content_type="application/json")


def is_asked(answer: Any) -> bool:
    return answer.status_code == 401 and "insufficient_user_authentication" in answer["WWW-Authenticate"]


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(("route", "method"), CASES)
def test_an_old_sign_in_is_not_enough(ada: User, route: str, method: str) -> None:
    enrol(ada)

    assert is_asked(sent_to(as_person(ada, ago=HOUR), route, method))
    assert not is_asked(sent_to(as_person(ada, ago=MINUTE), route, method))


@pytest.mark.parametrize(("route", "method"), CASES)
def test_nobody_else_is_asked(ada: User, robo: Application, route: str, method: str) -> None:
    application = APIClient()
    application.force_authenticate(user=robo)  # type: ignore[arg-type]  # an Application is a principal too

    assert not is_asked(sent_to(as_person(ada, ago=HOUR), route, method))
    assert not is_asked(sent_to(application, route, method))
    assert is_asked(sent_to(as_person(ada, ago=HOUR, amr=["fed", "mfa"]), route, method))


def test_the_answer_says_what_the_client_does(ada: User) -> None:
    enrol(ada)
    GeneralSettings.objects.update_or_create(pk=1, defaults={"step_up_minutes": 5})

    answer = sent_to(as_person(ada, ago=timedelta(minutes=6)), "api/v1/apps", "POST")

    assert answer["WWW-Authenticate"].startswith('Bearer error="insufficient_user_authentication", error_description="')
    assert answer["WWW-Authenticate"].endswith('max_age="300"')
    assert answer.json()["code"] == 401 and answer.json()["details"] == "insufficient_user_authentication"
    assert is_asked(sent_to(as_person(ada, ago=MINUTE, auth_time=None), "api/v1/apps", "POST"))


def grant(client: APIClient, role: object, scope: Any, **more: object) -> Any:
    body = {"subjectId": "dora@example.com", "subjectType": "user", "roleId": role, "scopeId": scope.pk}
    return client.post(f"/{RULES}", {**body, "scopeType": scope.type, **more}, format="json")


def test_a_rule_asks_by_what_it_gives(ada: User, tree: cast.Tree) -> None:
    enrol(ada)
    old = as_person(ada, ago=HOUR)
    strong, weak = cast.role_id("System administrator"), cast.role_id("Viewer")

    for role in (strong, str(strong), f" {strong}", f"{strong}.0", True, None, [strong]):
        assert is_asked(grant(old, role, tree.tenant)), role
    assert is_asked(grant(old, weak, tree.tenant, scopeType="system"))
    assert not AccessRule.objects.filter(subject_id="dora@example.com").exists()
    assert grant(old, weak, tree.faces).status_code == 201
    assert grant(as_person(ada, ago=MINUTE), strong, tree.tenant).status_code == 201
    assert len(roles()) > 2


@pytest.mark.parametrize(("role", "asked"), [("System administrator", True), ("L1 researcher", False)])
def test_so_do_joining_a_group_and_a_user_for_whom_rules_wait(
    ada: User, charlie: User, researchers: Group, tree: cast.Tree, role: str, asked: bool
) -> None:
    enrol(ada)
    cast.rule("group", researchers.name, role, tree.tenant)
    cast.rule("user", "dora@example.com", role, tree.tenant)
    old, members = as_person(ada, ago=HOUR), f"/{MEMBERS.replace('<uuid:pk>', str(researchers.pk))}"

    joined = old.post(members, {"userId": str(charlie.pk)}, format="json")
    made = old.post(f"/{USERS}", {"email": " Dora@Example.com"}, format="json")

    assert [is_asked(joined), is_asked(made)] == [asked, asked]
    assert charlie.group_set.exists() == User.objects.filter(email="dora@example.com").exists() == (not asked)
    assert old.post(f"/{USERS}", {"email": "eve@example.com"}, format="json").status_code == 201


@pytest.mark.parametrize("body", ["[]", "{}", '{"email": []}', '{"email": "a\\u0000@example.com"}', "7", "{"])
def test_rubbish_is_refused(ada: User, body: str) -> None:
    enrol(ada)

    answer = as_person(ada, ago=HOUR).post(f"/{USERS}", body, content_type="application/json")

    assert answer.status_code in (400, 401)


def test_applications_go_on_by_their_secret(tree: cast.Tree, robo: Application) -> None:
    plant_keys()
    cast.rule("app", robo.client_id, "System administrator", tree.tenant)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {by_secret(robo)['accessToken']}")

    answer = client.post("/api/v1/apps", {"name": "nightly"}, format="json")

    assert answer.status_code == 201, answer.content

"""No project has the name whose namespace belongs to the platform or to this service, however it is made."""

import pytest

from access.models import Scope, ScopeType
from access.namespaces import PREFIX, RESERVED, may_be_a_projects, namespace_of
from access.services import create_department, create_project, create_scope
from accounts.models import User
from common.actors import SYSTEM
from common.errors import Invalid
from tests import cast
from tests.conftest import APIAs, BrowserAs

PROJECTS = "/api/v1/org-unit/projects"
# As the platform documents them, and where our own agent was.
KNOWN = {"backend", "reservation", "scale-adjust", "operator", "identity"}
NAMES = sorted(KNOWN | {namespace.removeprefix(PREFIX) for namespace in RESERVED})
EVERY_NAME = pytest.mark.parametrize("name", NAMES)


@EVERY_NAME
def test_the_api_refuses_it_and_says_why(vera: User, tree: cast.Tree, api_as: APIAs, name: str) -> None:
    answer = api_as(vera).post(PROJECTS, {"name": name, "parentId": tree.vision.pk}, format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "name_reserved")
    assert f"the namespace runai-{name}, which belongs to" in answer.json()["message"]
    assert not Scope.objects.filter(name=name).exists()


@EVERY_NAME
def test_the_admin_refuses_it_and_says_why(ada: User, tree: cast.Tree, browser_as: BrowserAs, name: str) -> None:
    answer = browser_as(ada).post("/admin/access/project/add/", {"name": name, "parent": tree.vision.pk})

    assert f"would have the namespace runai-{name}, which belongs to" in answer.content.decode()
    assert not Scope.objects.filter(name=name).exists()


@EVERY_NAME
def test_the_server_itself_refuses_it(tree: cast.Tree, name: str) -> None:
    with pytest.raises(Invalid, match="Choose another name"):
        create_project(actor=SYSTEM, name=name, department=tree.vision)
    with pytest.raises(Invalid, match="Choose another name"):
        create_scope(actor=SYSTEM, type_=ScopeType.PROJECT, name=name, parent=tree.vision)


@EVERY_NAME
def test_a_department_may_have_it_for_it_has_no_namespace(tree: cast.Tree, name: str) -> None:
    assert create_department(actor=SYSTEM, name=name, cluster=tree.prod).name == name


@pytest.mark.parametrize("name", ["default", "kube-system", "identity-research", "backends", "runai", "a", "f" * 57])
def test_names_beside_them_are_free(tree: cast.Tree, name: str) -> None:
    made = create_project(actor=SYSTEM, name=name, department=tree.vision)

    assert made.namespace == namespace_of(name)
    assert may_be_a_projects(made.namespace)


@pytest.mark.parametrize(
    "namespace",
    [
        *("kube-system", "kube-public", "default", "openshift", "openshift-config", "gpu-operator", "identity-agent"),
        *("", "runai", "runai-", "runai--", "runai-A", "runai-a-", "runai-a/b", "runai-a\n", "xrunai-a"),
        *(f"runai-{'a' * 58}", *RESERVED),
    ],
)
def test_no_other_namespace_is_a_projects(namespace: str) -> None:
    assert not may_be_a_projects(namespace)

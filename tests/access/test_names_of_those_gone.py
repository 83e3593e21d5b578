"""An access rule names its subject by a name: who comes by that name later inherits nothing."""

from access.models import AccessRule
from accounts.models import Group, User
from accounts.services.groups import delete_group
from accounts.services.users import create_user, delete_user
from audit.models import Event
from common.actors import SYSTEM
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application
from tokens.services.applications import delete_application, register_client


def test_a_user_made_again_inherits_nothing(ada: User, alice: User, api_as: APIAs) -> None:
    delete_user(actor=ada, user=alice)
    again, _ = create_user(actor=ada, email="alice@example.com", must_change_password=False)

    assert api_as(again).get("/api/v1/org-unit/projects").status_code == 403
    assert Event.objects.filter(action="access_rule:revoke", subject=ada.email).count() == 1


def test_a_group_made_again_inherits_nothing(ada: User, bob: User, researchers: Group) -> None:
    delete_group(actor=ada, group=researchers)
    cast.make_group("researchers", bob)

    assert not AccessRule.objects.naming(bob.rule_subjects()).exists()


def test_an_application_made_again_inherits_nothing(ada: User, robo: Application, api_as: APIAs) -> None:
    delete_application(actor=ada, application=robo)
    again, _ = register_client(actor=ada, name="robo", registration={})

    assert api_as(again).get("/api/v1/org-unit/projects").status_code == 403


def test_a_rule_may_wait_for_somebody(tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", "nina@example.com", "Viewer", tree.faces)

    nina, _ = create_user(actor=SYSTEM, email="Nina@example.com", must_change_password=False)

    assert api_as(nina).get("/api/v1/org-unit/projects").status_code == 200

from access.models import AccessRule
from access.services import grant_access, revoke_rules_of
from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from tests import cast
from tests.conftest import APIAs

RULES = "/api/v1/authorization/access-rules"


def test_it_takes_the_role_away(vera: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = cast.rule("user", bob.email, "L1 researcher", tree.faces)

    answer = api_as(vera).delete(f"{RULES}/{rule.pk}")

    assert answer.status_code == 204
    assert api_as(bob).get("/api/v1/org-unit/projects").status_code == 403


def test_it_leaves_other_rules_alone(vera: User, alice: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = cast.rule("user", bob.email, "L1 researcher", tree.faces)
    before = AccessRule.objects.live().exclude(pk=rule.pk).count()

    api_as(vera).delete(f"{RULES}/{rule.pk}")

    assert AccessRule.objects.live().count() == before


def test_it_records_who_took_what(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = cast.rule("group", "researchers", "L1 researcher", tree.faces)

    api_as(vera).delete(f"{RULES}/{rule.pk}")

    event = Event.objects.get(action="access_rule:revoke")
    assert (event.subject, event.entity_id, event.metadata["subject_id"]) == (vera.email, str(rule.pk), "researchers")


def test_it_takes_nothing_from_who_is_stronger(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = cast.rule("user", "boss@example.com", "System administrator", tree.vision)

    answer = api_as(vera).delete(f"{RULES}/{rule.pk}")

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")
    assert AccessRule.objects.live().filter(pk=rule.pk).exists()


def test_it_takes_nothing_in_another_scope(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = cast.rule("user", "bob@example.com", "L1 researcher", tree.dialects)

    assert api_as(vera).delete(f"{RULES}/{rule.pk}").status_code == 404
    assert AccessRule.objects.live().filter(pk=rule.pk).exists()


def test_it_refuses_who_may_only_read(tree: cast.Tree, charlie: User, api_as: APIAs) -> None:
    cast.rule("user", charlie.email, "Cloud support", tree.tenant)
    rule = cast.rule("user", "bob@example.com", "L1 researcher", tree.faces)

    assert api_as(charlie).delete(f"{RULES}/{rule.pk}").status_code == 403
    assert AccessRule.objects.live().filter(pk=rule.pk).exists()


def test_it_takes_a_rule_away_once(ada: User, alice: User, api_as: APIAs) -> None:
    rule = AccessRule.objects.get(subject_id=alice.email)
    api_as(ada).delete(f"{RULES}/{rule.pk}")

    again = api_as(ada).delete(f"{RULES}/{rule.pk}")

    assert again.status_code == 404
    assert Event.objects.filter(action="access_rule:revoke").count() == 1


def test_it_can_be_given_again(ada: User, alice: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule = AccessRule.objects.get(subject_id=alice.email)
    api_as(ada).delete(f"{RULES}/{rule.pk}")

    again = grant_access(actor=ada, subject_type="user", subject_id=alice.email, role=rule.role, scope=tree.faces)

    assert again.pk != rule.pk


def test_it_takes_all_that_names_a_subject(alice: User, robo: object, tree: cast.Tree) -> None:
    cast.rule("user", alice.email, "Viewer", tree.dialects)
    cast.rule("group", alice.email, "Viewer", tree.dialects)

    revoke_rules_of(actor=SYSTEM, subject_type="user", subject_id=alice.email)

    left = AccessRule.objects.live().values_list("subject_type", "subject_id")
    assert set(left) == {("group", alice.email), ("app", "robo")}

"""The delegation invariant over the verbs that exist: whatever people do one after the other, none of them gives to
anybody, nor takes over, what was more than their own at that moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from access.decisions import RuleRef, RuleSet, exceeds
from access.models import AccessRule, Scope, ScopeType
from access.services import create_scope, delete_scope, grant_access, revoke_access
from access.services.asking import rule_set_to
from accounts.models import Group, User
from accounts.services.groups import add_member, create_group, delete_group, remove_member
from accounts.services.passwords import reset_password
from accounts.services.users import create_user, disable_user, enable_user
from common.errors import DomainError, NotFound
from tests import cast
from tests.cast import role_named
from tokens.models import Application
from tokens.services.applications import register_client, rotate_secret

Pick = Callable[[Iterable[Any]], Any]
Subjects = frozenset[tuple[str, str]]
Step = Callable[[User, Pick], Subjects | None]

# Few and telling, so that what must not succeed is tried often.
ROLES = [
    role_named(name)
    for name in ("System administrator", "Application administrator", "Editor", "L1 researcher", "Cloud operator")
]
# Some exist, and for the others a rule may wait.
NAMES = [("user", "alice@example.com"), ("user", "nina@example.com"), ("group", "newcomers"), ("app", "worker")]


@pytest.fixture
def actors(ada: User, alice: User, vera: User, robo: Application, tree: cast.Tree) -> list[User]:
    """People of different power. Above them all is Zeus, by rules in the root, one of them by the group gods."""
    root = tree.tenant.parent
    assert root is not None
    zeus = cast.person("zeus")
    cast.make_group("gods", zeus)
    cast.rule("user", zeus.email, "System administrator", root)
    cast.rule("group", "gods", "System administrator", root)
    cast.rule("app", "worker", "L1 researcher", tree.dialects)
    cast.rule("user", "nina@example.com", "System administrator", root)

    olga, adam = cast.person("olga"), cast.person("adam")
    cast.rule("user", olga.email, "Cloud operator", tree.tenant)
    cast.rule("user", adam.email, "Application administrator", tree.prod)
    return [ada, alice, vera, olga, adam]


def grant(actor: User, pick: Pick) -> None:
    kind, name = pick(NAMES)
    role, scope = pick(ROLES), pick(Scope.objects.all())
    grant_access(actor=actor, subject_type=kind, subject_id=name, role=role, scope=scope)


def revoke(actor: User, pick: Pick) -> None:
    revoke_access(actor=actor, rule=pick(AccessRule.objects.live().select_related("scope")))


def grow(actor: User, pick: Pick) -> None:
    type_ = pick([ScopeType.CLUSTER, ScopeType.DEPARTMENT, ScopeType.PROJECT])
    create_scope(actor=actor, type_=type_, name=pick(["one", "two"]), parent=pick(Scope.objects.all()))


def prune(actor: User, pick: Pick) -> None:
    delete_scope(actor=actor, scope=pick(Scope.objects.all()))


def make_user(actor: User, pick: Pick) -> Subjects:
    user, _ = create_user(actor=actor, email=pick(["nina@example.com", "fritz@example.com"]))
    return user.rule_subjects()


def reset(actor: User, pick: Pick) -> Subjects:
    user = pick(User.objects.filter(email__in=["zeus@example.com", "vera@example.com"]))
    reset_password(actor=actor, user=user)
    return frozenset(user.rule_subjects())


def switch(actor: User, pick: Pick) -> None:
    pick([enable_user, disable_user])(actor=actor, user=pick(User.objects.all()))


def make_group(actor: User, pick: Pick) -> None:
    create_group(actor=actor, name="newcomers")


def change_group(actor: User, pick: Pick) -> None:
    pick([add_member, remove_member])(actor=actor, group=pick(Group.objects.all()), user=pick(User.objects.all()))


def drop_group(actor: User, pick: Pick) -> None:
    delete_group(actor=actor, group=pick(Group.objects.all()))


def make_application(actor: User, pick: Pick) -> Subjects:
    application, _ = register_client(actor=actor, name=pick(["worker", "helper"]), registration={})
    return application.rule_subjects()


def rotate(actor: User, pick: Pick) -> Subjects:
    application = pick(Application.objects.all())
    rotate_secret(actor=actor, application=application)
    return frozenset(application.rule_subjects())


# What gives most often is tried most often.
STEPS = [*[grant] * 6, *[change_group] * 3, *[make_user, reset, make_application, rotate] * 3]
STEPS += [revoke, grow, prune, make_group, drop_group, switch]


def holders() -> dict[str, RuleSet]:
    """What each person, and each name in an access rule, holds by the rules."""
    held = defaultdict(list)
    for rule in AccessRule.objects.live().select_related("scope"):
        subject = (rule.subject_type, rule.subject_id)
        held[subject].append(RuleRef(rule.pk, subject, rule.role, rule.scope.ref))

    people = {user.email: user.rule_subjects() for user in User.objects.all()}
    named = {f"{kind} {name}": frozenset({(kind, name)}) for kind, name in held}
    return {
        who: RuleSet(rule for subject in subjects for rule in held.get(subject, ()))
        for who, subjects in (people | named).items()
    }


def do(step: Step, actor: User, pick: Pick) -> Subjects | None:
    try:
        with transaction.atomic():
            taken_over = step(actor, pick)
    except DomainError as refusal:
        event(f"{step.__name__}: {refusal.code}")
        return None
    event(f"{step.__name__}: done")
    return taken_over


def picker(data: st.DataObject) -> Pick:
    def pick(options: Iterable[Any]) -> Any:
        chosen_from = list(options)
        if not chosen_from:
            raise NotFound("nothing", "There is nothing to choose from.")
        return chosen_from[data.draw(st.integers(0, len(chosen_from) - 1))]

    return pick


def do_and_judge(step: Step, actor: User, pick: Pick, before: dict[str, RuleSet]) -> dict[str, RuleSet]:
    """Answers what everybody holds after the step."""
    own = before[actor.email]

    taken_over = do(step, actor, pick)

    assert taken_over is None or exceeds(own, rule_set_to(taken_over)) is None
    after = holders()
    for who, rules in after.items():
        assert exceeds(RuleSet([*before.get(who, ()), *own]), rules) is None, f"{actor} gave {who} too much"
    return after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=8))
@pytest.mark.slow
def test_nobody_gives_or_takes_over_more_than_they_hold(
    actors: list[User], data: st.DataObject, steps: list[Step]
) -> None:
    pick = picker(data)

    with transaction.atomic():
        held = holders()
        for step in steps:
            held = do_and_judge(step, pick(actors), pick, held)
        transaction.set_rollback(True)

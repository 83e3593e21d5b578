"""What a name is worth has one decision and two forms, a query and an answer for a single rule: they agree, always."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.assertions import Declared, standings
from access.catalog import ROLES
from access.leading import leading
from access.models import AccessRule, Scope
from accounts.models import Group, Membership, User
from common.actors import Name
from sso.models import IdentityProvider
from tests import cast
from tests.conftest import APIAs

ALIASES = ["", "okta", "azure", "gone"]
NAMES = [("user", "jane@corp.com"), ("user", "jane@evil.com"), ("group", "eng-ml"), ("group", "ops"), ("app", "robo")]
ROLE_NAMES = ("Viewer", "Cloud operator", "System administrator")

declarations = st.builds(
    Declared,
    email_domains=st.sampled_from([(), ("corp.com",), ("*",)]),
    group_names=st.sampled_from([(), ("eng-*",), ("*",), ("ops", "*")]),
    privileged=st.booleans(),
)


@pytest.fixture
def rules(tree: cast.Tree) -> list[AccessRule]:
    """Of every name, from every source, of three roles, at every height."""
    scopes = [Scope.objects.get(type="system"), tree.tenant, tree.prod, tree.faces]
    ids = [next(role.id for role in ROLES.values() if role.name == name) for name in ROLE_NAMES]
    AccessRule.objects.bulk_create(
        AccessRule(subject_type=kind, subject_id=name, role_id=role, scope=scope, source=source)
        for (kind, name), role, scope, source in product(NAMES, ids, scopes, ["", "local", "okta", "azure"])
    )
    return list(AccessRule.objects.select_related("scope"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    account=st.sampled_from(ALIASES),
    presented=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(ALIASES)), max_size=4, unique_by=lambda n: n[0]
    ),
    okta=declarations,
    azure=declarations,
)
def test_the_query_and_the_answer_agree(
    rules: list[AccessRule], account: str, presented: list[tuple[tuple[str, str], str]], okta: Declared, azure: Declared
) -> None:
    names = [Name(*subject, source) for subject, source in presented]
    judged = standings(account, names, {"okta": okta, "azure": azure})
    by_subject = {(name.kind, name.id): one for name in names for one in judged if one.source == name.source}

    answered = {
        rule.pk
        for rule in rules
        if (subject := (rule.subject_type, rule.subject_id)) in by_subject
        and by_subject[subject].unmet(
            subject, rule_source=rule.source, leads=rule.role_id in leading()[rule.scope.type]
        )
        is None
    }

    assert set(AccessRule.objects.met_by(judged).values_list("pk", flat=True)) == answered


@pytest.mark.parametrize("privileged", [False, True])
@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_group_that_a_directory_fills_gives_a_local_user_no_more_than_it_may(
    tree: cast.Tree, charlie: User, api_as: APIAs, role: str, privileged: bool
) -> None:
    IdentityProvider.objects.create(
        alias="okta", type="saml", name="Okta", group_names=["*"], privileged=privileged, enabled=True
    )
    Membership.objects.create(group=Group.objects.create(name="crew"), user=charlie, source="okta")
    cast.rule("group", "crew", role, tree.tenant)

    held = api_as(charlie).get("/api/v1/authorization/permissions").json()

    assert any(one["actions"] for one in held) is (role == "Viewer" or privileged)

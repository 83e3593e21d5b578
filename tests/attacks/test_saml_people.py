"""S19, S20, S21: whose account a directory opens, and what it can't give."""

import pytest

from accounts.models import Membership, User
from sso.models import IdentityProvider
from tests import cast
from tests.attacks.refused import refused
from tests.sso.signing_in import JANE, Visitor, jane, last_attempt

pytestmark = pytest.mark.slow


def says(email: str) -> dict[str, object]:
    return {"name_id": "mallory-1", "attributes": {"email": [email]}}


def local(name: str = "victim", **fields: object) -> User:
    return cast.person(name, **fields)


def test_s19_a_disabled_users_identity(visitor: Visitor) -> None:
    IdentityProvider.objects.update(link_by_email=True)
    local(enabled=False)

    assert refused(visitor, visitor.sign_in(**says("victim@example.com")), "user_disabled")


@pytest.mark.parametrize("email", ["victim@example.com", "VICTIM@example.com", "Victim@Example.COM"])
def test_s20_a_local_users_email(visitor: Visitor, email: str) -> None:
    victim = local()

    assert refused(visitor, visitor.sign_in(**says(email)), "email_taken")
    assert User.objects.get() == victim


@pytest.mark.parametrize(
    "email",
    [
        "v\u0456ctim@example.com",
        "victim@ex\u0430mple.com",
        "victim@example.com\u200b",
        "\uff56ictim@example.com",
        "victim@example.com ",
        "victim@example.com\n",
        "\tvictim@example.com",
        "victim@example.com\u00a0",
        '"victim"@example.com',
        "victim@example.com,mallory@acme.com",
        "victim@\u212aexample.com",
    ],
)
def test_s20_an_email_that_looks_like_it(visitor: Visitor, email: str) -> None:
    local()
    IdentityProvider.objects.update(link_by_email=True)

    assert refused(visitor, visitor.sign_in(**says(email)), "no_email")


def test_s20_it_takes_a_user_over_where_the_administrator_said_so(visitor: Visitor) -> None:
    victim = local()
    IdentityProvider.objects.update(link_by_email=True)

    visitor.sign_in(**says("victim@example.com"))

    assert visitor.is_signed_in()
    assert victim.identities.get().subject == "mallory-1"


@pytest.mark.parametrize("by", ["user", "group"])
@pytest.mark.parametrize("scope", ["tenant", "faces"])
def test_s20_an_administrator_is_never_taken_over(visitor: Visitor, tree: cast.Tree, by: str, scope: str) -> None:
    victim = local()
    group = cast.make_group("mighty", victim)
    cast.rule(by, victim.email if by == "user" else group.name, "System administrator", getattr(tree, scope))
    IdentityProvider.objects.update(link_by_email=True, privileged=True)

    answer = visitor.sign_in(**says(victim.email))

    assert (answer.status_code, last_attempt().code) == (403, "administrator")
    assert not visitor.is_signed_in()


def test_s21_nobody_is_made_for_whom_a_rule_of_administrators_waits(visitor: Visitor, tree: cast.Tree) -> None:
    cast.rule("user", "jane@acme.com", "System administrator", tree.tenant)

    assert refused(visitor, visitor.sign_in(), "administrator")


@pytest.mark.parametrize("privileged", [False, True])
def test_s21_a_group_of_administrators(visitor: Visitor, tree: cast.Tree, privileged: bool) -> None:
    cast.make_group("mighty")
    cast.rule("group", "mighty", "System administrator", tree.tenant)
    IdentityProvider.objects.update(privileged=privileged)

    visitor.sign_in(attributes={**JANE, "GROUPS": ["mighty", "gpu"]})

    assert jane().group_names() == (["gpu", "mighty"] if privileged else ["gpu"])
    assert jane().has_perm("users.create") is privileged
    assert ("Groups left out" in str(last_attempt().checks)) is not privileged


def test_s21_the_next_sign_in_takes_what_the_directory_took(visitor: Visitor, tree: cast.Tree) -> None:
    cast.rule("group", "gpu", "Editor", tree.faces)
    visitor.sign_in()
    held = jane().has_perm("project.read")

    Visitor(visitor.idp, visitor.provider).sign_in(attributes={**JANE, "GROUPS": []})

    assert (held, jane().has_perm("project.read")) == (True, False)
    assert not Membership.objects.exists()


@pytest.mark.parametrize("name", ["system:masters", "System:masters", " gpu", "gpu\u200b", "a" * 201])
def test_s21_a_group_with_a_name_that_is_none(visitor: Visitor, name: str) -> None:
    visitor.sign_in(attributes={**JANE, "GROUPS": [name]})

    assert jane().group_names() == []

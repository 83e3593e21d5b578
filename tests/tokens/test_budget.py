"""What a token will weigh is known before it is signed."""

from typing import Any

import jwt as pyjwt
import pytest
from django.conf import settings

from access.models import ROOT_ID, Scope
from access.services.weight import weightiest_first
from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import by_password, by_refresh
from tokens.budget import BUDGET, MOST_GROUPS, PROXY_LINE, WARN_FROM, Fit, fit, predicted_bytes
from tokens.jwt import AccessToken, sign


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    plant_keys()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x"},
        {"sub": "x", "groups": ["a>b", "what?", "~home", "\x7f"]},
        {"sub": "x", "groups": ["Zürich", "東京", "😀"], "amr": [], "uid": 7, "email_verified": True, "name": None},
        {"sub": "x", "groups": [f"group-{number}" for number in range(500)]},
        *({"sub": "x" * length} for length in range(1, 7)),
    ],
)
def test_the_prediction_is_the_size_to_the_byte(claims: dict[str, object], algorithm: str) -> None:
    token = sign(AccessToken, claims, audience="runai-prod", lifetime=AccessToken.lifetime, algorithm=algorithm)

    predicted = predicted_bytes(claims, issuer=settings.ISSUER, audience="runai-prod", algorithm=algorithm)

    assert predicted == len(token)


@pytest.mark.parametrize(
    ("size", "groups", "expected"),
    [
        (WARN_FROM - 1, 1, Fit.FITS),
        (WARN_FROM, 1, Fit.LARGE),
        (BUDGET, MOST_GROUPS, Fit.LARGE),
        (BUDGET + 1, 1, Fit.TOO_LARGE),
        (1000, MOST_GROUPS + 1, Fit.TOO_LARGE),
    ],
)
def test_it_warns_from_three_quarters_of_the_budget(size: int, groups: int, expected: Fit) -> None:
    assert fit(size, groups=groups) is expected


def test_the_budget_leaves_room_in_what_carries_tokens() -> None:
    assert 2 * BUDGET <= PROXY_LINE
    assert WARN_FROM * 4 == BUDGET * 3


def groups_in(token: str) -> Any:
    return pyjwt.decode(token, options={"verify_signature": False}).get("groups")


def join(user: User, many: int, tree: cast.Tree, length: int = 0) -> list[str]:
    names = [f"team-{number:03}{'x' * length}" for number in range(many)]
    for name in names:
        cast.make_group(name, user)
        cast.rule("group", name, "L1 researcher", tree.faces)
    return names


def test_all_groups_go_along_while_they_fit(bob: User, prod: Cluster, tree: cast.Tree) -> None:
    names = join(bob, 100, tree)

    token = by_password(bob, audience=prod.audience)["accessToken"]

    assert groups_in(token) == names
    assert len(token) <= BUDGET
    assert not Event.objects.filter(action="token:groups:leave-out").exists()


@pytest.mark.parametrize(("many", "length"), [(101, 0), (150, 0), (40, 80), (3, 190), (30, 190)])
def test_as_many_go_along_as_fit(bob: User, prod: Cluster, tree: cast.Tree, many: int, length: int) -> None:
    names = join(bob, many, tree, length)

    token = by_password(bob, audience=prod.audience)["accessToken"]

    told = groups_in(token)
    assert told == names[: len(told)] and len(token) <= BUDGET
    assert len(told) in (many, MOST_GROUPS) or len(token) + 2 * len(names[0]) > BUDGET  # one more would not fit
    said = Event.objects.filter(action="token:groups:leave-out").first()
    assert (said is None) == (len(told) == many)
    if said:
        assert (said.subject, said.cluster_id, said.metadata["count"]) == (bob.email, prod.pk, many)
        assert said.metadata["left_out"] == many - len(told)
        assert said.metadata["first_left_out"] == names[len(told) :][:20]


def test_those_go_along_that_give_most(bob: User, prod: Cluster, tree: cast.Tree) -> None:
    names = join(bob, 100, tree)
    for name, role, scope in (
        ("zz-cluster", "Viewer", tree.prod),
        ("zz-account", "System administrator", Scope.objects.get(pk=ROOT_ID)),
        ("zz-project-more", "Department administrator", tree.faces),
        ("zz-department", "Viewer", tree.vision),
    ):
        cast.make_group(name, bob)
        cast.rule("group", name, role, scope)

    told = groups_in(by_password(bob, audience=prod.audience)["accessToken"])

    most = ["zz-account", "zz-cluster", "zz-department", "zz-project-more"]
    assert [name for name in told if name.startswith("zz")] == most
    assert [name for name in told if name in names] == names[:96]
    everybody = weightiest_first([*told, "nobody"], at=prod.scope)
    assert everybody[:4] == most
    assert everybody[-1] == "nobody"


def test_it_is_said_once_for_a_session_and_a_cluster(bob: User, prod: Cluster, tree: cast.Tree) -> None:
    join(bob, 101, tree)
    held = by_password(bob, audience=prod.audience)

    assert by_refresh(held["refreshToken"], audience=prod.audience).status_code == 200

    assert Event.objects.filter(action="token:groups:leave-out").count() == 1

"""What an API server learns of a token, over HTTP."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule
from accounts.models import Group, Membership, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.users import disable_user
from clustersync.models import Cluster, UsernameClaim
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.conftest import Review, TokenFor, post_review, review_body
from tests.clustersync.opaque import made, showing
from tokens import keyring
from tokens.models import Application
from tokens.services.issue import issue_to_application

Asks = Callable[[str, int], None]


def test_it_names_a_person_with_prefixes(review: Review, token_for: TokenFor, researcher: User, prod: Cluster) -> None:
    status = review(token_for(researcher, prod.audience))

    assert status["authenticated"] is True
    assert status["user"]["username"] == "runai:bob@example.com"
    assert status["user"]["groups"] == ["runai:researchers"]
    assert status["user"]["uid"] == str(researcher.pk)


def test_it_names_the_token_and_the_session(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster
) -> None:
    extra = review(token_for(researcher, prod.audience))["user"]["extra"]

    assert extra["authentication.kubernetes.io/credential-id"][0].startswith("JTI=")
    assert extra["runai-identity/session-id"] == [str(researcher.sessions.get().pk)]


def test_it_names_an_application(review: Review, robo: Application, prod: Cluster, keys: None) -> None:
    token = issue_to_application(application=robo, audience=prod.audience).access_token

    user = review(token)["user"]

    assert (user["username"], user["groups"]) == ("runai:service-account-robo", [])


def test_it_leaves_out_groups_that_have_no_say_in_this_cluster(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster, lab: Cluster
) -> None:
    dancers = cast.make_group("dancers", researcher)
    cast.rule("group", dancers.name, "L1 researcher", lab.scope)

    assert review(token_for(researcher, prod.audience))["user"]["groups"] == ["runai:researchers"]


def test_it_says_the_groups_of_now_rather_than_of_when_the_token_was_made(
    review: Review, token_for: TokenFor, alice: User, researchers: Group, prod: Cluster
) -> None:
    token = token_for(alice, prod.audience)
    Membership.objects.create(group=researchers, user=alice)

    assert review(token)["user"]["groups"] == ["runai:researchers"]


def test_it_says_the_unchangeable_id_where_the_cluster_wants_that(
    review: Review, token_for: TokenFor, alice: User, prod: Cluster
) -> None:
    Cluster.objects.update(username_claim=UsernameClaim.SUB, username_prefix="people:")

    assert review(token_for(alice, prod.audience))["user"]["username"] == f"people:{alice.pk}"


def test_it_answers_the_audience_that_was_asked_for(
    review: Review, token_for: TokenFor, alice: User, prod: Cluster
) -> None:
    status = review(token_for(alice, prod.audience), audiences=["other", prod.audience])

    assert status["audiences"] == [prod.audience]


@pytest.mark.parametrize("sharing", [{"accepts_shared_audience": True}, {"legacy_flags": True}, {}])
def test_it_takes_only_tokens_for_itself_whatever_it_shares(
    review: Review, token_for: TokenFor, ada: User, prod: Cluster, lab: Cluster, sharing: dict[str, bool]
) -> None:
    Cluster.objects.update(**sharing)

    tokens = [token_for(ada, audience) for audience in (prod.audience, lab.audience, "")]

    assert [review(token)["authenticated"] for token in tokens] == [True, False, False]


def test_it_refuses_another_clusters_token(
    review: Review, token_for: TokenFor, lab: Cluster, tree: cast.Tree, ada: User
) -> None:
    status = review(token_for(ada, lab.audience))

    assert status == {"authenticated": False, "error": "the token is for another audience than this cluster's"}


@pytest.mark.parametrize("token", ["x", "a.b.c", "ey.ey.ey", "é", "x" * 20_000, "a.b.c.d.e"])
def test_it_refuses_what_is_no_token(review: Review, token: str) -> None:
    assert review(token) == {"authenticated": False, "error": "the token is not valid, or no longer"}


def test_it_refuses_a_token_past_its_end(review: Review, token_for: TokenFor, alice: User, prod: Cluster) -> None:
    token = token_for(alice, prod.audience)

    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        assert review(token)["error"] == "the token is not valid, or no longer"


def test_it_refuses_a_user_who_was_disabled(review: Review, token_for: TokenFor, alice: User, prod: Cluster) -> None:
    token = token_for(alice, prod.audience)
    assert review(token)["authenticated"] is True

    disable_user(actor=SYSTEM, user=alice)

    assert review(token) == {"authenticated": False, "error": "its owner's access was withdrawn or has ended"}


def test_it_refuses_a_session_that_ended(review: Review, token_for: TokenFor, alice: User, prod: Cluster) -> None:
    token = token_for(alice, prod.audience)
    Session.objects.update(revoked_at=timezone.now())

    assert review(token)["authenticated"] is False


def test_it_refuses_everybody_in_a_disabled_cluster(
    review: Review, token_for: TokenFor, ada: User, prod: Cluster
) -> None:
    token = token_for(ada, prod.audience)
    Cluster.objects.update(enabled=False)

    assert review(token) == {"authenticated": False, "error": "this cluster is disabled"}


def test_it_refuses_whom_no_rule_gives_anything_in_the_cluster(
    review: Review, token_for: TokenFor, alice: User, prod: Cluster
) -> None:
    token = token_for(alice, prod.audience)
    AccessRule.objects.live().update(deleted_at=timezone.now())

    assert review(token)["error"] == "no access rule gives its owner anything in this cluster"


@pytest.fixture
def asks(prod: Cluster, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch) -> Asks:
    """Assert how many queries a review takes, when keys were read and the use of credentials noted just before."""
    monkeypatch.setattr(keyring, "STALE_AFTER", 3600)

    def ask(token: str, queries: int) -> None:
        body = review_body(token)
        assert post_review(prod, cast.PROD_WEBHOOK_TOKEN, body).json()["status"]["authenticated"] is True
        with django_assert_num_queries(queries):
            post_review(prod, cast.PROD_WEBHOOK_TOKEN, body)

    return ask


def a_browsers(token_for: TokenFor, researcher: User, prod: Cluster) -> str:
    token = token_for(researcher, prod.audience)
    Session.objects.update(kind=SessionKind.BROWSER)
    return token


def listed(token_for: TokenFor, researcher: User, prod: Cluster) -> str:
    Cluster.objects.update(extra_groups=["dancers"])
    return token_for(researcher, prod.audience)


@pytest.mark.parametrize("make", [a_browsers, listed])
def test_it_asks_for_the_credential_and_for_what_the_gate_goes_by(
    asks: Asks, token_for: TokenFor, researcher: User, prod: Cluster, make: Callable[[TokenFor, User, Cluster], str]
) -> None:
    asks(make(token_for, researcher, prod), 2)


def test_it_asks_as_much_about_an_application(asks: Asks, robo: Application, prod: Cluster, keys: None) -> None:
    asks(issue_to_application(application=robo, audience=prod.audience).access_token, 2)


def test_it_asks_also_for_the_opaque_token(asks: Asks, token_for: TokenFor, researcher: User, prod: Cluster) -> None:
    asks(made(showing(token_for(researcher)), prod)["token"], 3)

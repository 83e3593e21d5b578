from dataclasses import replace

import pytest

from tokens.budget import MOST_GROUPS
from tokens.claims import UserClaims, access_claims, application_claims, id_claims, is_application

ROSA = UserClaims(
    sub="7dac54ab-2652-46a5-b73f-70c2e5aa497a",
    email="rosa@example.com",
    email_verified=True,
    name="Rosa Diaz",
    session_id="session-1",
    auth_time=1_700_000_000,
    amr=["pwd"],
    acr="1",
    groups=["writers", "researchers"],
)

EVERYTHING = ["openid", "profile", "email", "groups"]


def claims(**changes: object) -> dict[str, object]:
    person = replace(ROSA, **changes)  # type: ignore[arg-type]
    return access_claims(person, client_id="cli", grant_id="grant-1", scope=EVERYTHING, tenant_id=1)


def test_it_says_who_a_person_is() -> None:
    assert claims() == {
        "sub": ROSA.sub,
        "sid": "session-1",
        "client_id": "cli",
        "azp": "cli",
        "grant_id": "grant-1",
        "scope": "openid profile email groups",
        "email": "rosa@example.com",
        "email_verified": True,
        "preferred_username": "rosa@example.com",
        "tenant_id": 1,
        "auth_time": 1_700_000_000,
        "amr": ["pwd"],
        "name": "Rosa Diaz",
        "groups": ["researchers", "writers"],
    }


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"name": ""}, "name"),
        ({"groups": []}, "groups"),
        ({"groups": [str(number) for number in range(MOST_GROUPS + 1)]}, "groups"),
        ({}, "uid"),
        ({}, "supplementary_groups"),
    ],
)
def test_it_leaves_out_what_does_not_apply(changes: dict[str, object], claim: str) -> None:
    assert claim not in claims(**changes)


def test_it_never_names_a_group_that_kubernetes_keeps_for_itself() -> None:
    assert claims(groups=["system:masters", "writers"])["groups"] == ["writers"]
    assert "groups" not in claims(groups=["system:masters"])


def test_it_writes_posix_ids_as_the_platforms_clients_read_them() -> None:
    written = claims(uid=3020, gid=0, supplementary_groups=[10, 20])

    assert (written["uid"], written["gid"], written["supplementary_groups"]) == ("3020", "0", [10, 20])


def test_an_application_is_its_own_subject() -> None:
    written = application_claims("robo", application_id="a0", tenant_id=1)

    assert (written["sub"], written["client_id"]) == ("robo", "robo")
    assert is_application(written)
    assert not is_application(claims())


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ([], set()),
        (["openid"], set()),
        (["email"], {"email", "email_verified"}),
        (["profile"], {"preferred_username", "name", "uid"}),
        (["groups"], {"groups"}),
    ],
)
def test_it_says_by_scope_who_somebody_is(scope: list[str], said: set[str]) -> None:
    person = replace(ROSA, uid=3020)
    everything = {"email", "email_verified", "preferred_username", "name", "uid", "groups"}

    access = access_claims(person, client_id="web", grant_id="grant-1", scope=scope, tenant_id=1)
    identity = id_claims(person, client_id="web", scope=scope, tenant_id=1)

    assert set(access) & everything == said == set(identity) & everything


def test_in_a_cluster_it_always_says_what_kubernetes_knows_them_by() -> None:
    access = access_claims(ROSA, client_id="web", grant_id="grant-1", scope=["openid"], tenant_id=1, in_cluster=True)

    assert (access["preferred_username"], access["groups"]) == (ROSA.email, ["researchers", "writers"])
    assert access["email"] == ROSA.email

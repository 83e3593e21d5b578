from typing import Any

import pytest

from clustersync.tokenreview import KubernetesUser, MalformedTokenReview, Review, authenticated, named, parse, refused

V1 = "authentication.k8s.io/v1"
BOB = KubernetesUser("runai:bob@example.com", "42", ["runai:researchers"])


def body(**changes: Any) -> dict[str, Any]:
    return {"apiVersion": V1, "kind": "TokenReview", "spec": {"token": "t", "audiences": ["a"]}} | changes


@pytest.mark.parametrize("version", [V1, "authentication.k8s.io/v1beta1"])
def test_it_answers_in_the_version_it_was_asked_in(version: str) -> None:
    review = parse(body(apiVersion=version))

    assert authenticated(review, BOB, token_audiences=["a"])["apiVersion"] == version
    assert refused(review, "no")["apiVersion"] == version


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "TokenReview",
        {},
        body(kind="SubjectAccessReview"),
        body(kind=["TokenReview"]),
        body(apiVersion="authentication.k8s.io/v2"),
        body(apiVersion={}),
        body(spec=None),
        body(spec=[]),
        body(spec={}),
        body(spec={"token": ""}),
        body(spec={"token": None}),
        body(spec={"token": ["t"]}),
        body(spec={"token": "t", "audiences": "a"}),
        body(spec={"token": "t", "audiences": [1]}),
        body(spec={"token": "t", "audiences": {"a": 1}}),
    ],
)
def test_it_refuses_what_is_no_review(wrong: object) -> None:
    with pytest.raises(MalformedTokenReview):
        parse(wrong)


def test_it_takes_a_review_without_audiences() -> None:
    assert parse(body(spec={"token": "t"})) == Review(V1, "t", ())
    assert parse(body(spec={"token": "t", "audiences": None})) == Review(V1, "t", ())


@pytest.mark.parametrize(
    ("asked", "held", "answered"),
    [
        (["a", "b"], ["b", "c"], ["b"]),
        (["b", "a"], ["a", "b"], ["b", "a"]),
        (["https://kubernetes.default.svc"], ["a"], None),
        ([], ["a"], None),
    ],
)
def test_it_answers_the_common_audiences(asked: list[str], held: list[str], answered: list[str] | None) -> None:
    review = parse(body(spec={"token": "t", "audiences": asked}))

    assert authenticated(review, BOB, token_audiences=held)["status"].get("audiences") == answered


def test_it_says_why_not() -> None:
    assert refused(parse(body()), "expired")["status"] == {"authenticated": False, "error": "expired"}


@pytest.mark.parametrize(
    ("prefix", "name", "full"),
    [
        ("runai:", "bob@example.com", "runai:bob@example.com"),
        ("runai:", "system:masters", "runai:system:masters"),
        ("s", "ystem:masters", ""),
        ("system:", "masters", ""),
        ("kubeadm:", "cluster-admins", ""),
        ("", "system:masters", ""),
        ("runai:", "", ""),
    ],
)
def test_it_never_says_a_name_that_kubernetes_keeps(prefix: str, name: str, full: str) -> None:
    assert named(prefix, name) == full

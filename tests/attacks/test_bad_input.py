"""Whatever is sent to whichever published path: a 4xx in the documented form, and nothing written."""

import json
from typing import Any

import pytest

from tests.attacks.conftest import Ask, filled
from tests.attacks.published import OPERATIONS, PATHS, TAKING_A_BODY, Operation, counted_rows, methods_of

pytestmark = pytest.mark.slow

UNREADABLE = {
    "empty": b"",
    "cut off": b'{"name": "x',
    "no JSON": b"name=x",
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "NUL": b'{"name": "a\\u0000b"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "NaN": b'{"name": NaN}',
    "a number too long to read": b'{"name": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"name": "x", "name": "y"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "too long": b'{"name": "' + b"x" * 300_000 + b'"}',
}
LEAST_BODY = 16 * 1024  # every address takes as much (docs/limits.md)
TOO_LONG = {False: (), True: (413,)}
NO_OBJECT: list[Any] = [None, True, 0, 1e300, "text", [], [{}], ["x"] * 1000]
CONTENT_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", "x"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


def assert_refused(answer: Any, *codes: int) -> None:
    body = answer.json()
    assert answer.status_code in codes, f"{answer.status_code}: {body}"
    assert body["code"] == answer.status_code
    assert isinstance(body["message"], str) and body["message"]
    assert body.keys() <= {"code", "message", "details"} or body["kind"] == "Status"


# These need no field, so that an empty body says enough.
WITHOUT_FIELDS = ("/cut-access", "/invitation")
NEEDING_A_FIELD = [one for one in TAKING_A_BODY if not one.path.endswith(WITHOUT_FIELDS)]


@pytest.mark.parametrize("operation", NEEDING_A_FIELD, ids=str)
def test_it_refuses_what_can_not_be_read(ask: Ask, operation: Operation) -> None:
    before = counted_rows()

    for body in UNREADABLE.values():
        assert_refused(ask(operation.method, operation.path, body), 400, *TOO_LONG[len(body) > LEAST_BODY])

    assert counted_rows() == before


@pytest.mark.parametrize("operation", TAKING_A_BODY, ids=str)
def test_it_refuses_what_is_no_object(ask: Ask, operation: Operation) -> None:
    before = counted_rows()

    for value in NO_OBJECT:
        assert_refused(ask(operation.method, operation.path, json.dumps(value).encode()), 400)

    assert counted_rows() == before


@pytest.mark.parametrize("operation", [one for one in NEEDING_A_FIELD if one.method != "PATCH"], ids=str)
def test_it_refuses_a_body_without_its_fields(ask: Ask, operation: Operation) -> None:
    before = counted_rows()

    assert_refused(ask(operation.method, operation.path, b"{}"), 400)
    assert_refused(ask(operation.method, operation.path, b'{"unknown": 1}'), 400)

    assert counted_rows() == before


ANY_TEXT = {("doctor", "configuration"), ("verify-token", "token")}


@pytest.mark.parametrize(
    "wrong",
    [{"a": {"b": 1}}, [[["x"]]], "x" * 100_000, "\x01\x02", -(2**70)],
    ids=["object", "list", "long", "control", "negative"],
)
@pytest.mark.parametrize("operation", TAKING_A_BODY, ids=str)
def test_it_refuses_a_field_of_a_wrong_kind(ask: Ask, operation: Operation, wrong: object) -> None:
    before = counted_rows()

    for field in operation.fields:
        if isinstance(wrong, str) and (operation.path.rpartition("/")[2], field) in ANY_TEXT:
            continue  # it is judged, rather than refused
        answer = ask(operation.method, operation.path, json.dumps({field: wrong}).encode())
        assert_refused(answer, 400, 409, *TOO_LONG[isinstance(wrong, str) and len(wrong) > LEAST_BODY])

    assert counted_rows() == before


@pytest.mark.parametrize("operation", TAKING_A_BODY, ids=str)
def test_it_refuses_other_content_types(ask: Ask, operation: Operation) -> None:
    before = counted_rows()

    for content_type in CONTENT_TYPES:
        assert_refused(ask(operation.method, operation.path, b'{"name": "x"}', content_type), 400, 415)

    assert counted_rows() == before


@pytest.mark.parametrize("path", PATHS)
def test_it_refuses_other_methods(ask: Ask, path: str) -> None:
    before = counted_rows()

    for method in set(METHODS) - methods_of(path) - {"HEAD"}:
        assert_refused(ask(method, path), 405)

    assert counted_rows() == before


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.method == "GET"], ids=str)
@pytest.mark.parametrize(
    "query", ["search=%00", "limit=%FF&offset=-1", "filterBy=" + "a==b," * 3000, "sortBy=password", "%FF=%FF&a[]=1"]
)
def test_it_survives_strange_parameters(ask: Ask, operation: Operation, query: str) -> None:
    answer = ask("GET", operation.path, QUERY_STRING=query)

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("segment", ["%00", "%FF", "..", "'", "0" * 5000, "9" * 30, "-1", "%E2%80%AE"])
@pytest.mark.parametrize("path", [path for path in PATHS if "{" in path])
def test_it_knows_nothing_by_a_strange_id(ask: Ask, path: str, segment: str) -> None:
    before = counted_rows()
    strange = path.partition("{")[0] + segment + path.partition("}")[2].replace("{", "").replace("}", "")

    for method in methods_of(path):
        answer = ask(method, strange, b"{}")
        assert 400 <= answer.status_code < 500, (method, answer.content)

    assert counted_rows() == before


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer a b", "Bearer \xe9", "Basic YTpi", "Bearer " + "x" * 100_000, "Bearer a.b.c"]
)
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if not one.public], ids=str)
def test_it_refuses_a_stranger(client: Any, ids: dict[str, str], operation: Operation, header: str) -> None:
    before = counted_rows()
    headers = {"Authorization": header} if header else {}

    answer = client.generic(operation.method, filled(operation.path, ids), b"{}", "application/json", headers=headers)

    assert_refused(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert counted_rows() == before

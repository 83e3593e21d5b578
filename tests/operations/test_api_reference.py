import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from runai_identity import api_description
from runai_identity.reference import Field, sections

SCHEMA = {
    "components": {
        "schemas": {
            "Kind": {"enum": ["a", "b"], "type": "string"},
            "Thing": {
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}]},
                    "ids": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["name"],
            },
        }
    },
    "paths": {
        "/api/v1/things/{id}": {
            "post": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"format": "uuid"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"404": {}, "200": {}},
                "security": [{"bearer": []}],
            }
        }
    },
}


def test_it_arranges_what_a_request_takes() -> None:
    (section,) = sections(SCHEMA)
    (operation,) = section.operations

    assert (section.name, operation.method, operation.public) == ("things", "POST", False)
    assert operation.parameters == [Field("id", "uuid", True, "path")]
    assert operation.body == [
        Field("name", "string", True, "What it is called."),
        Field("kind", "a or b", False, ""),
        Field("ids", "list of integer", False, ""),
    ]
    assert operation.answers == ["200", "404"]


@pytest.mark.django_db
def test_it_shows_every_path_that_the_description_has() -> None:
    described = Client().get("/api/docs/openapi.json").json()["paths"]

    page = Client().get("/api/docs").content.decode()

    assert len(described) > 30
    assert [path for path in described if path not in page] == []


def test_it_is_served_as_bytes_and_never_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SchemaGenerator, "get_schema", None)

    plain = Client().get("/api/docs/openapi.json")
    packed = Client().get("/api/docs/openapi.json", headers={"Accept-Encoding": "br, gzip"})

    assert plain.content == gzip.decompress(packed.content) == api_description.FILE.read_bytes()
    assert len(packed.content) < len(plain.content) / 5
    assert "Content-Encoding" not in plain and packed["Content-Encoding"] == "gzip"
    assert plain["Cache-Control"] == "public, max-age=300" and "Accept-Encoding" in plain["Vary"]


def test_it_is_not_sent_again_to_who_has_it() -> None:
    etag = Client().get("/api/docs/openapi.json")["ETag"]

    again = Client().get("/api/docs/openapi.json", headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert again["Cache-Control"] == "public, max-age=300"


def test_the_command_tells_a_file_that_is_behind_and_writes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    behind = tmp_path / "openapi.json"
    behind.write_text("{}")
    monkeypatch.setattr(api_description, "FILE", behind)
    monkeypatch.setattr("runai_identity.management.commands.openapi.FILE", behind)

    with pytest.raises(CommandError, match="make openapi"):
        call_command("openapi", "--check")
    call_command("openapi")
    call_command("openapi", "--check")

    assert behind.read_text() == api_description.generated()


@pytest.mark.django_db
def test_it_keeps_the_strict_policy() -> None:
    answer = Client().get("/api/docs")

    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert "style=" not in answer.content.decode()

import pytest
from django.test import Client

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


def test_it_shows_every_path_that_the_description_has() -> None:
    described = Client().get("/api/docs/openapi.json").json()["paths"]

    page = Client().get("/api/docs").content.decode()

    assert len(described) > 30
    assert [path for path in described if path not in page] == []


@pytest.mark.django_db
def test_it_keeps_the_strict_policy() -> None:
    answer = Client().get("/api/docs")

    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert "style=" not in answer.content.decode()

"""JSON that somebody types into a form: refused with a sentence and shown again, whatever it is."""

import json
from typing import Any

import pytest
from django import forms

from common.forms import JSONText
from tokens.admin.fields import KeySet

REFUSED = [
    "[" * 100_000,
    "{",
    '"\\ud800"',
    '["\\udfff"]',
    '{"a\\u0000": 1}',
    json.dumps([[[["x"]]]] * 3)[:-1],
    "NaN",
    "[-Infinity]",
    "1e999",
]
TAKEN: list[Any] = [{"a": [1, "b"]}, ["\u7814"], "x", 0, False]


@pytest.mark.parametrize("field", [JSONText, KeySet])
@pytest.mark.parametrize("typed", REFUSED, ids=lambda typed: ascii(typed[:20]))
def test_it_refuses_what_cant_be_stored_and_shows_it_again(field: type[JSONText], typed: str) -> None:
    form = type("Typing", (forms.Form,), {"value": field()})({"value": typed})

    assert not form.is_valid()
    assert "<textarea" in form.as_p().encode().decode()


@pytest.mark.parametrize("field", [JSONText, KeySet])
@pytest.mark.parametrize("value", TAKEN, ids=repr)
def test_it_takes_any_other(field: type[JSONText], value: Any) -> None:
    form = type("Typing", (forms.Form,), {"value": field(required=False)})({"value": json.dumps(value)})

    assert form.is_valid()
    assert form.cleaned_data["value"] == value

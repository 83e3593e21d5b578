"""Sentences of the domain: English text for programs, the reader's language on a page."""

import copy
import json
import pickle

import pytest
import yaml
from django.template import Context, Template
from django.utils import translation

from access.catalog import ROLES
from clustersync.yaml_for_go import as_yaml
from common.errors import Forbidden, Invalid
from common.translating import translated
from common.wording import Wording

PERSON = Wording("{user} is disabled already.", user="Bob <b>")
MEMBERS = Wording.counted("{number:,} open session", "{number:,} open sessions", 1234)
NESTED = Wording("{subject} is {role} in {scope}", subject="Users", role=ROLES[7].name, scope="faces")
WORDINGS = (PERSON, MEMBERS, NESTED, Wording.joined("; ", (PERSON, NESTED)), Wording.of("{braces} stay"))


@pytest.mark.parametrize("text", WORDINGS)
def test_programs_read_english(text: Wording) -> None:
    with translation.override("de"):
        assert json.loads(json.dumps([text])) == yaml.safe_load(as_yaml([text])) == [text]
        assert f"{text}" == text == text + ""


def test_a_page_reads_the_readers_language() -> None:
    with translation.override("de"):
        page = Template("{% load wording %}{{ one }}|{{ one|translated }}|{{ many }}").render(
            Context({"one": PERSON, "many": MEMBERS})
        )
    assert (
        page == "Bob &lt;b&gt; ist bereits deaktiviert.|Bob &lt;b&gt; ist bereits deaktiviert.|1.234 offene Sitzungen"
    )


def test_values_of_people_are_not_translated() -> None:
    with translation.override("de"):
        assert translated(NESTED) == "Users ist Betrachter in faces"


@pytest.mark.parametrize("text", WORDINGS)
def test_it_survives_being_stored_and_copied(text: Wording) -> None:
    stored = Wording.from_json(json.loads(json.dumps(text.as_json())))
    with translation.override("de"):
        for other in (stored, copy.deepcopy(text), pickle.loads(pickle.dumps(text))):  # noqa: S301  our own
            assert (other, translated(other)) == (text, translated(text))


def test_a_refusal_keeps_the_wording_of_what_it_was_raised_for() -> None:
    inner = Invalid("bad", Wording("{name} is not a string", name="iss"))
    outer = Forbidden("no", Wording("{name} can't be read: it is no object", name=inner))
    assert str(outer) == outer.message == "iss is not a string can't be read: it is no object"
    with translation.override("de"):
        assert translated(outer.message) == "iss ist kein Text ist nicht lesbar: Es ist kein Objekt"

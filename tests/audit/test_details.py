"""The page of an entry shows its details as labels with values, in the reader's language, and never a secret."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Field
from django.utils.translation import override

from accounts.models import User
from audit.details import LABELS, Detail, details_of
from audit.models import Event
from common.wording import Wording
from tests.audit.vocabulary import details_recorded
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db

FIELDS = {field.name for model in apps.get_models() for field in model._meta.get_fields() if isinstance(field, Field)}
# Of mappings: of groups from a provider, of what still lives after a cut, of values before and after, of a JWK set.
IN_MAPPINGS = {"added", "removed", "void_before", "said", "where", "why", "until", "cluster_id", "from", "to", "keys"}
# A key each by which a value would be a secret's, at each place where one may stand.
HOLDING_A_SECRET: list[dict[str, Any]] = [
    {"client_secret": "Zx81-spectrum"},
    {"password": ["Zx81-spectrum"]},
    {"changed": {"private_key": "Zx81-spectrum"}},
    {"changed": {"client_secret": {"from": "", "to": "Zx81-spectrum"}}},
    {"secrets": [{"name": "Zx81-spectrum"}]},
]
DEEP: Any = "bottom"
for _ in range(100):
    DEEP = {"inner": [DEEP, DEEP]} if _ == 50 else {"inner": DEEP}
NOON = "2026-01-31T12:00:00+01:00"
# The kind of the object, what is recorded, and what the page shows in English and in German.
IN_WORDS: list[Any] = [
    ("User", {"by_mail": True}, [("Sent by mail", "yes")], [("Per E-Mail gesendet", "ja")]),
    ("Session", {"because": "inactivity"}, [("Reason", "Inactivity")], [("Grund", "Inaktivität")]),
    ("Session", {"kind": "browser"}, [("Kind", "browser")], [("Art", "Browser")]),
    ("Group", {"changed": ["description"]}, [("Changed", "Description")], [("Geändert", "Beschreibung")]),
    ("", {"names": ["a", "b"]}, [("Names", "a, b")], [("Namen", "a, b")]),
    ("", {"source": ""}, [("Source", "-")], [("Quelle", "-")]),
    ("", {"expires_at": NOON}, [("Expires", "2026-01-31 11:00:00 UTC")], [("Läuft ab", "2026-01-31 11:00:00 UTC")]),
    ("", {"frobnication": 3}, [("frobnication", "3")], [("frobnication", "3")]),
]
# Of a row that somebody changed by hand.
STRANGE: list[Any] = [
    "text",
    3,
    ["a", {"b": 1}, [["c"]]],
    DEEP,
    {"": {"": ""}},
    {"wordings": 3, "lives_on": [{"wordings": {"where": {"one": 1}}}]},
    {"until": "never", "expires_at": "0000-00-00", "made_at": "9999-12-31T23:59:59-14:00"},
    {"changed": [1, None, ["x"]], "because": "?", "kind": {"x": None}},
]


def said(metadata: Any, entity_type: str = "", language: str = "en") -> list[Any]:
    with override(language):
        return plain(details_of(Event(metadata=metadata, entity_type=entity_type)))


def plain(details: Any) -> list[Any]:
    """Return pairs of a label and a text, or of a label and such pairs for each object."""
    return [(one.label, [plain(part) for part in one.parts] if one.parts else shown(one)) for one in details]


def shown(one: Detail) -> str:
    return str(Wording.translator(one.text)) if isinstance(one.text, Wording) else one.text


def page_of(browser: Any, metadata: Any, **headers: str) -> str:
    event = Event.objects.create(action="user:update", metadata=metadata)
    answer = browser.get(f"/admin/audit/event/{event.pk}/change/", headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("key", sorted(details_recorded() - FIELDS))
def test_a_detail_that_is_recorded_has_a_label(key: str) -> None:
    assert said({key: 1}) == [(LABELS[key], "1")]
    assert LABELS[key][0].isupper() and "_" not in LABELS[key]


def test_no_label_is_left_over() -> None:
    assert set(LABELS) - details_recorded() - IN_MAPPINGS == set()


@pytest.mark.parametrize(("entity_type", "metadata", "english", "german"), IN_WORDS)
def test_it_shows_labels_and_values_in_words(entity_type: str, metadata: Any, english: Any, german: Any) -> None:
    assert said(metadata, entity_type) == english
    assert said(metadata, entity_type, "de") == german


def test_it_shows_what_stood_before_and_after() -> None:
    changed = {"logout_redirect_uri": {"from": "", "to": "https://intra.example.com"}}

    told = said({"changed": changed}, "GeneralSettings")

    before_and_after = [[("Before", "-"), ("After", "https://intra.example.com")]]
    assert told == [("Changed", [[("After sign-out go to", before_and_after)]])]


def test_it_translates_sentences_that_have_values() -> None:
    where = Wording("Cluster {name}", name="prod")
    kept = {"where": str(where), "wordings": {"where": where.as_json()}}

    assert said({"lives_on": [kept]}, language="de") == [("Wird noch angenommen", [[("Wo", "Cluster prod")]])]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_shows_a_list_of_definitions(ada: User, browser_as: BrowserAs, language: str) -> None:
    page = page_of(browser_as(ada), {"sessions": 2, "ended": {"<b>": "<i>"}}, **{"Accept-Language": language})

    label = {"en": "Sessions ended", "de": "Beendete Sitzungen"}[language]
    assert '<dl class="details"><dt>' in page and f"<dt>{label}</dt><dd>2</dd>" in page  # in any order: JSON has none
    assert '<dl class="details"><dt>&lt;b&gt;</dt><dd>&lt;i&gt;</dd>' in re.sub(r"\s*\n\s*", "", page)


@pytest.mark.parametrize("metadata", HOLDING_A_SECRET)
def test_it_shows_no_secret(ada: User, browser_as: BrowserAs, metadata: dict[str, Any]) -> None:
    page = page_of(browser_as(ada), metadata)

    assert "Zx81" not in page and "<dd>not shown</dd>" in page


@pytest.mark.parametrize("metadata", STRANGE)
def test_an_entry_that_was_changed_by_hand_has_a_page(ada: User, browser_as: BrowserAs, metadata: Any) -> None:
    assert '<dl class="details">' in page_of(browser_as(ada), metadata)

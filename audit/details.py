"""The details of an entry of the audit log as its page shows them: labels and values in the reader's language.

The log has them as JSON (`audit.services.record`). A key is a field of the object that the entry is about, or stands in
LABELS; any other is shown as it is written.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

from audit.models import Event
from audit.readable import readable
from audit.words import model_called, reason_in_words
from common.wording import Wording

LABELS = {
    "added": gettext_noop("Added"),
    "after": gettext_noop("After"),
    "again": gettext_noop("Signed in again"),
    "applications": gettext_noop("Their applications too"),
    "applied": gettext_noop("Objects written"),
    "audience": gettext_noop("Audience"),
    "because": gettext_noop("Reason"),
    "before": gettext_noop("Before"),
    "by": gettext_noop("Verified by"),
    "by_mail": gettext_noop("Sent by mail"),
    "bytes": gettext_noop("Size in bytes"),
    "changed": gettext_noop("Changed"),
    "client_id": gettext_noop("Client"),
    "cluster": gettext_noop("Cluster"),
    "cluster_id": gettext_noop("Cluster"),
    "count": gettext_noop("Number"),
    "disabled": gettext_noop("User disabled"),
    "drift": gettext_noop("Objects that differed"),
    "emergency": gettext_noop("In an emergency"),
    "ended": gettext_noop("Number of what ended"),
    "expires_at": gettext_noop("Expires"),
    "factors": gettext_noop("Second factors removed"),
    "failed": gettext_noop("Objects that could not be written"),
    "file": gettext_noop("File"),
    "first_left_out": gettext_noop("The first of them"),
    "from": gettext_noop("Before"),
    "gives": gettext_noop("What the provider may do"),
    "keys": gettext_noop("Keys"),
    "kids": gettext_noop("Keys"),
    "kind": gettext_noop("Kind"),
    "known_as": gettext_noop("Identifier at the provider"),
    "language": gettext_noop("Language"),
    "left": gettext_noop("Recovery codes left"),
    "left_out": gettext_noop("Groups left out"),
    "lives_on": gettext_noop("Still honoured"),
    "local": gettext_noop("Local user"),
    "made_at": gettext_noop("Made"),
    "method": gettext_noop("Method"),
    "name": gettext_noop("Name"),
    "names": gettext_noop("Names"),
    "note": gettext_noop("Note"),
    "overlap_seconds": gettext_noop("Seconds for which the old one is still good"),
    "problem": gettext_noop("Problem"),
    "provider": gettext_noop("Identity provider"),
    "pruned": gettext_noop("Objects removed"),
    "reference": gettext_noop("Reference"),
    "removed": gettext_noop("Removed"),
    "replaces": gettext_noop("Replaced key"),
    "role": gettext_noop("Role"),
    "said": gettext_noop("The provider listed groups"),
    "scopes": gettext_noop("Scopes"),
    "session": gettext_noop("Session"),
    "sessions": gettext_noop("Sessions ended"),
    "sid": gettext_noop("Session"),
    "source": gettext_noop("Source"),
    "test": gettext_noop("Test of the provider"),
    "to": gettext_noop("After"),
    "until": gettext_noop("Until"),
    "user": gettext_noop("User"),
    "uses": gettext_noop("Uses"),
    "uses_left": gettext_noop("Uses left"),
    "void_before": gettext_noop("Taken over from another provider"),
    "where": gettext_noop("Where"),
    "why": gettext_noop("Why"),
}
OF_THE_KEY_ABOVE = ("from", "to")
TIMES = re.compile(r"_at$|^until$")
# No verb records a secret. Should one of a later version, or somebody's own code, its page doesn't show it.
SECRETS = re.compile(r"secret|password|private_key|token_hash")
DEEPEST = 4  # as deep as the log writes; a row that was changed by hand may go on
LEFT_OUT = "…"


class Detail(NamedTuple):
    """A label and its value: a text, or further details of one object or several."""

    label: str
    text: str = ""
    parts: Sequence[Sequence["Detail"]] = ()


def details_of(event: Event) -> list[Detail]:
    """Return the details of an entry, in the order in which they were recorded."""
    told = event.metadata if isinstance(event.metadata, dict) else {"details": event.metadata}
    return _details(told, model_called(event.entity_type))


def _details(
    told: Mapping[str, Any], model: type[Model] | None, *, of: str = "", levels: int = DEEPEST
) -> list[Detail]:
    """Return the details of an object in JSON, which stands under the key `of`."""
    found = []
    for key, value in {**told, **_wordings(told)}.items():
        if key == "wordings":
            continue
        label, named = label_of(key, model), of if key in OF_THE_KEY_ABOVE else key
        objects = [value] if isinstance(value, dict) else value
        if SECRETS.search(named) and isinstance(value, str | list | dict) and value:
            found.append(Detail(label, gettext("not shown")))
        elif objects and isinstance(objects, list) and all(isinstance(one, dict) for one in objects) and levels:
            parts = [_details(one, model, of=named, levels=levels - 1) for one in objects]
            found.append(Detail(label, parts=parts))
        else:
            found.append(Detail(label, _text(named, value, model)))
    return found


def _wordings(told: Mapping[str, Any]) -> dict[str, Wording]:
    """Return the texts that the entry keeps with their values, so that they can be translated."""
    try:
        return {name: Wording.from_json(kept) for name, kept in told.get("wordings", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # somebody changed the row by hand


def label_of(key: str, model: type[Model] | None) -> str:
    """Return what pages call the key: as the model names its field, or by LABELS."""
    if field := _field(key, model):
        return capfirst(str(field.verbose_name))
    return gettext(LABELS.get(key, key)) if key else key


def _field(key: str, model: type[Model] | None) -> Field[Any, Any] | None:
    try:
        field = model and model._meta.get_field(key)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _text(key: str, value: Any, model: type[Model] | None) -> str:
    """Return a value in words; a text of which nothing is known as it is written."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value in (None, "", [], {}):
        return "-"
    if isinstance(value, list):
        return ", ".join(LEFT_OUT if isinstance(one, list) else str(_text(key, one, model)) for one in value)
    if isinstance(value, dict):
        return LEFT_OUT
    return _words(key, value, model) if isinstance(value, str) else str(value)


def _words(key: str, value: str, model: type[Model] | None) -> str:
    if key == "because":
        return reason_in_words(value)
    if key == "changed":
        return label_of(value, model)
    if TIMES.search(key) and (at := readable(lambda: datetime.fromisoformat(value).astimezone(UTC))):
        return f"{at:%Y-%m-%d %H:%M:%S} UTC"
    field = _field(key, model)
    if field is None or not field.choices:
        return value
    return str(dict(field.flatchoices).get(value) or gettext(value))

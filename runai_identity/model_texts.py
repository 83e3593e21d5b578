"""Labels, help texts and choices of our models, looked up in the reader's language wherever Django shows them."""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy

OURS = frozenset({"access", "accounts", "audit", "clustersync", "sso", "tokens"})
# Django derives names from those of fields, where these are written small.
ABBREVIATIONS = re.compile(r"\b(?:http|id|ip|uid|gid|url)\b")


def models() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model._meta.app_label in OURS)


def translate_models() -> None:
    """Make the texts of models lazy, those that Django derives from names too: no model needs to mark its own."""
    for model in models():
        options: Any = model._meta
        for name in ("verbose_name", "verbose_name_plural"):
            setattr(options, name, _lazy(getattr(options, name)))
        for field in _fields(model):
            field.verbose_name, field.help_text = _lazy(_spelled(field.verbose_name)), _lazy(field.help_text)
            if field.choices:
                field.choices = [(value, _lazy(label)) for value, label in field.flatchoices]


def texts() -> Iterator[str]:
    """Return what `translate_models` looks up, for the catalogue."""
    for model in models():
        options: Any = model._meta
        yield from (str(options.verbose_name), str(options.verbose_name_plural))
        for field in _fields(model):
            yield from (_spelled(field.verbose_name), str(field.help_text))
            yield from (str(label) for _, label in field.flatchoices)


def _fields(model: type[Model]) -> Iterator[Any]:
    """Return the fields with a column in the model's own table."""
    own = model._meta.get_fields(include_parents=False)
    return (field for field in own if isinstance(field, Field) and not field.many_to_many)


def _spelled(name: Any) -> str:
    """Write abbreviations in a name as people write them."""
    return ABBREVIATIONS.sub(lambda found: found[0].upper(), str(name))


def _lazy(text: Any) -> Any:
    """Look up the text, of which a plural may be composed of a lazy singular; leave blank what is."""
    return gettext_lazy(str(text)) if text else text

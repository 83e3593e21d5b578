"""Every page of the admin, and every look-up that Django would know from there."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Field, Model

from accounts.models import GeneralSettings

DEEP = 3


def lists() -> dict[str, ModelAdmin[Any]]:
    """The pages with a list, by the address of the list."""
    return {
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/": page
        for model, page in admin.site._registry.items()
        if not issubclass(model, GeneralSettings)  # one form in the place of a list
    }


def paths(model: type[Model], deep: int = DEEP, seen: tuple[type[Model], ...] = ()) -> Iterator[str]:
    """Each field that a look-up reaches through relations, forwards and backwards, and never back to where it was."""
    for field in model._meta.get_fields():
        if isinstance(field, Field):
            yield field.name
        other = field.related_model
        if isinstance(other, type) and deep > 1 and other not in seen:
            for path in paths(other, deep - 1, (*seen, model)):
                yield f"{field.name}__{path}"


SOME = ("", "__exact", "__startswith", "__regex", "__isnull")
GUESSING = (*SOME, "__iexact", "__contains", "__iregex", "__gt", "__lte", "__in", "__range", "__endswith")


SECRET = {
    "password",
    "private_key",
    "browser_key",
    "session_key",
    "session_data",
    "code_challenge",
    "nonce",
    "metadata_text",
    "peer",
}


def is_secret(path: str) -> bool:
    name = path.rsplit("__", 1)[-1]
    return name in SECRET or name.endswith(("_hash", "_encrypted"))

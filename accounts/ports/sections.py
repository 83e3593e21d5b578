"""Port: the parts that other apps add to pages about a person or a group.

Wired by the setting ACCOUNTS_SECTIONS: by page, functions of the shape of `Show`, as dotted paths
(`access.adapters.sections, clustersync.adapters.sections`).
"""

from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


class Section(NamedTuple):
    """A template that is included as `section`, which has the context."""

    template: str
    context: dict[str, Any]


class Show(Protocol):
    def __call__(self, *, about: Any, reader: User) -> Section | None:
        """None when there is nothing that this reader may see."""


def sections(page: str, *, about: Any, reader: User) -> list[Section]:
    shows: list[Show] = [import_string(path) for path in settings.ACCOUNTS_SECTIONS[page]]
    shown = (show(about=about, reader=reader) for show in shows)
    return [section for section in shown if section]

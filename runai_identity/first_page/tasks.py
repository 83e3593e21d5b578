"""List what the reader may add, each with the address of its form."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext


def tasks(sections: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the address and the text of each form that adds something, in the order of the side bar."""
    pages = (page for section in sections for page in section["models"] if page.get("add_url"))
    words = gettext("Add %(verbose_name)s")
    return [(page["add_url"], words % {"verbose_name": page["model"]._meta.verbose_name}) for page in pages]

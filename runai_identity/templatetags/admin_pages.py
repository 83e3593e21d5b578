"""Tags of the admin's own templates."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote as urlquote

from django import template
from django.db.models import Model
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

from audit.models import Event
from audit.words import action_in_words, object_in_words, reason_in_words
from common.columns import from_now, when

register = template.Library()

register.filter("when", when)
register.filter("from_now", from_now)
register.filter("action_in_words", action_in_words)
register.filter("reason_in_words", reason_in_words)
register.filter("object_in_words", object_in_words)

OPENING = re.compile(r"<t[dh]\b")
LATEST = 50  # entries among which the last change is looked for
CHANGES = (":update", ":create", ":register", ":connect", ":rename")
SHORT = 16  # characters: a state, an address, how long ago


@register.simple_tag(takes_context=True)
def section_of(context: template.Context, opts: Any) -> str:
    """Return the name of the side bar's section that has the pages of this model; empty where none has."""
    for section in context.get("available_apps") or ():
        if any(page["object_name"] == opts.object_name for page in section["models"]):
            return str(section["name"])
    return ""


@register.simple_tag(takes_context=True)
def page_of_menu(context: template.Context) -> str:
    """Return the address of the side bar's entry to which the page at hand belongs: the longest that it begins with."""
    here = urlquote(context["request"].path)
    entries = [page["admin_url"] for section in context.get("available_apps") or () for page in section["models"]]
    return max((address for address in entries if address and here.startswith(address)), key=len, default="")


@register.simple_tag
def last_change(of: Model) -> Event | None:
    """Return the entry of the last change of an object that a form or the API saved; None if it is none of the latest.

    Proxies share the row, and so the entries.
    """
    model = of._meta.concrete_model or type(of)
    about = Event.objects.filter(entity_id=str(of.pk), entity_type=model._meta.object_name).order_by("-at", "-pk")
    return next((event for event in about[:LATEST] if event.action.endswith(CHANGES)), None)


@register.filter
def labelled(cells: Sequence[str], headers: Sequence[dict[str, Any]]) -> list[SafeString]:
    """Give each cell of a row the name of its column, which a narrow screen shows beside it."""
    return [_with_label(cell, header["text"]) for cell, header in zip(cells, headers, strict=True)]


def _with_label(cell: str, name: Any) -> SafeString:
    if "<input" in str(name):  # the column of check boxes
        return mark_safe(cell)  # noqa: S308  Django's own cell, escaped already
    opening = OPENING.match(cell)
    if opening is None:
        return mark_safe(cell)  # noqa: S308
    label = format_html(' data-label="{}"', str(name)[:1].upper() + str(name)[1:])
    rest, text = cell[opening.end() :], strip_tags(cell).strip()
    # What a row lacks is left out of its card on a phone; short words stay on one line where there is room.
    kind = "nothing" if text == "-" else "short" if len(text) <= SHORT else ""
    return mark_safe(f"{opening[0]}{label}{_of_class(kind, rest) if kind else rest}")  # noqa: S308


def _of_class(kind: str, rest: str) -> str:
    """Give the rest of a cell's opening tag a class beside those that it has."""
    return rest.replace(' class="', f' class="{kind} ', 1) if rest.startswith(' class="') else f' class="{kind}"{rest}'


@register.simple_tag
def chosen(choices: Iterable[dict[str, Any]]) -> str:
    """Return the chosen value of a filter; empty for its first choice, which is to show all."""
    listed = list(choices)
    return next((str(choice["display"]) for choice in listed[1:] if choice["selected"]), "")

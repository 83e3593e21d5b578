"""Choose the page to which people come back after they signed in.

A view is a page if it answers GET with one to whoever may see it. `page` marks it; `part_of` names the page of a form
or a download. The admin's views are pages but for the few that are listed here. Nothing else is returned to.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "/"
LONGEST = 2000

# Of Django's admin: they answer programs, or change something. Its catch-all view has no name.
NO_PAGES_OF_THE_ADMIN = (
    None,
    "access_at",
    "access_export",
    "audit_export",
    "audit_export_json",
    "autocomplete",
    "jsi18n",
    "login",
    "logout",
    "view_on_site",
)

V = TypeVar("V", bound=Callable[..., Any])


class ReturnPage(NamedTuple):
    """The page that a view is part of; it takes those arguments of the view that are named, and maybe its query."""

    name: str
    arguments: tuple[str, ...] = ()
    with_query: bool = False


def page(view: V) -> V:
    """Mark a view that people may come back to."""
    view.returns_to = None  # type: ignore[attr-defined]  # read by `page_for`
    return view


def on_the_way_in(view: V) -> V:
    """Mark a page that leads to a session: nobody comes back to it after that, but who only chose its language."""
    view.leads_in = True  # type: ignore[attr-defined]  # read by `here_again`
    return view


def part_of(name: str, *arguments: str, with_query: bool = False) -> Callable[[V], V]:
    """Mark a view that is no page itself: people come back to the page with this URL name."""

    def mark(view: V) -> V:
        view.returns_to = ReturnPage(name, arguments, with_query)  # type: ignore[attr-defined]  # read by `page_for`
        return view

    return mark


def page_for(wanted: str) -> str:
    """Return the address of the page that `wanted`, an address from outside, belongs to; home if there is none."""
    if len(wanted) > LONGEST or not _is_ours(wanted):
        return HOME
    address = urlsplit(wanted)
    try:
        match = resolve(unquote(address.path))
    except Resolver404:
        return HOME
    return _page_of(match, wanted, address)


def here_again(wanted: str) -> str:
    """Return the same for who leaves a page for a moment: also one on the way in, with all that its address says."""
    if len(wanted) > LONGEST or not _is_ours(wanted):
        return HOME
    try:
        match = resolve(unquote(urlsplit(wanted).path))
    except Resolver404:
        return HOME
    return wanted if hasattr(match.func, "leads_in") else page_for(wanted)


def _is_ours(wanted: str) -> bool:
    """Return True for a path of this site that browsers read as we do: they drop controls and resolve dots."""
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) or not wanted.startswith("/"):
        return False
    path = unquote(urlsplit(wanted).path)
    dots = {".", ".."} & set(path.split("/"))
    return wanted.isprintable() and "\\" not in path and path.isprintable() and not dots


def _page_of(match: ResolverMatch, wanted: str, address: SplitResult) -> str:
    if match.namespace == "admin" and not hasattr(match.func, "returns_to"):
        return HOME if match.url_name in NO_PAGES_OF_THE_ADMIN else wanted
    place = getattr(match.func, "returns_to", ReturnPage("home"))
    if place is None:
        return wanted
    path = reverse(place.name, kwargs={name: match.kwargs[name] for name in place.arguments})
    return f"{path}?{address.query}" if place.with_query and address.query else path

"""Actions of lists in the admin, made in one way.

An action of rows is a method of the page that calls a verb for one row; `row_action` asks for confirmation first and
calls it for each chosen row. `singly` refuses several rows: for a verb whose secret the response shows. `takes_away`
gives the buttons of what ends or removes something another colour. `secrets` are those of a row that the verb replaces
or ends: the page that asks names them, and what came since then stays, or the verb is refused. An action that asks for
more has a page of its own, to which `page_action` leads.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin.acting import acting
from accounts.models import User
from common.admin import ServiceAdmin, ShownOnce
from common.replacing import Secrets, knowing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

P = TypeVar("P", bound=ServiceAdmin[Any])
R = TypeVar("R", bound=Model)
V = TypeVar("V")


def _as_chosen(rows: QuerySet[R]) -> QuerySet[R]:
    return rows


def _as_known(request: HttpRequest, verb: Callable[[R], V]) -> Callable[[R], V]:
    """Let the verb replace or end the secrets of a row that the page named when it asked, and no later ones."""

    def act(row: R) -> V:
        with knowing(request.POST.get(f"known-{row.pk}")):
            return verb(row)

    return act


def row_action(
    label: "StrOrPromise",
    *,
    sentence: "StrOrPromise",
    title: "StrOrPromise" = "",
    also: Callable[[], Sequence[str]] = tuple,
    about: Callable[[R], str] = lambda row: "",
    permission: str = "change",
    rows: Callable[[QuerySet[R]], QuerySet[R]] = _as_chosen,
    singly: "StrOrPromise" = "",
    takes_away: bool = False,
    secrets: Secrets[R] | None = None,
) -> Callable[[Callable[[P, User, R], ShownOnce | None]], Callable[[P, HttpRequest, QuerySet[R]], HttpResponse | None]]:
    """Make an action of a method that is called with the person at the page and one row.

    `sentence` and what `also` returns stand on the page that asks to confirm, under `title`, or else `label`; below
    them what `about` says of a row. `rows` narrows what was chosen to the rows that the action is about. The module
    says what the others are.
    """

    def made(
        verb: Callable[[P, User, R], ShownOnce | None],
    ) -> Callable[[P, HttpRequest, QuerySet[R]], HttpResponse | None]:
        @admin.action(description=label, permissions=[permission])
        def action(page: P, request: HttpRequest, chosen: QuerySet[R]) -> HttpResponse | None:
            if singly and chosen.count() != 1:
                page.message_user(request, singly, messages.ERROR)
                return None
            actor, narrowed = acting(request), rows(chosen)
            act: Callable[[R], object] = _as_known(request, lambda row: verb(page, actor, row))

            def more() -> list[str]:
                return [*also(), *filter(None, map(about, narrowed))]

            return page.confirmed(request, narrowed, act, title=title or label, sentence=sentence, also=more)

        vars(action).update(takes_away=takes_away, secrets=secrets)  # read by common.row_actions
        return action

    return made


def page_action(
    label: "StrOrPromise", page_name: str, *, otherwise: "StrOrPromise", takes_away: bool = False
) -> Callable[[ServiceAdmin[Any], HttpRequest, QuerySet[Any]], HttpResponse | None]:
    """Make an action that leads to the page of the one chosen row; `otherwise` is said of none or several."""

    @admin.action(description=label, permissions=["change"])
    def action(page: ServiceAdmin[Any], request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        found = list(chosen[:2])
        if len(found) == 1:
            return redirect(page_name, found[0].pk)
        page.message_user(request, otherwise, messages.ERROR)
        return None

    action.takes_away = takes_away  # type: ignore[attr-defined]  # read by common.admin
    return action

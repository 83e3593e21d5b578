"""The search of the whole admin: by whole names and their beginnings, and by ids, each from an index."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext

from access.models import AccessRule, Department, Project, SubjectType
from accounts.models import Group, Session, User
from audit.models import Event
from clustersync.models import Cluster
from common.changelist import check_search
from common.errors import Invalid
from common.translating import translated
from runai_identity.first_page.visible import visible
from sso.models import Attempt, IdentityProvider
from tokens.models import Application

MOST_OF_A_KIND = 6


class SearchHits(NamedTuple):
    """Rows of one kind, with the list that has all of them where there are more."""

    title: str
    rows: list[tuple[str, str]]
    more: str


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _events(text: str) -> Q:
    """Find events by the id of a request, session or token, or by who did it."""
    return Q(request_id=text) | Q(session_id=text) | Q(token_id=text) | Q(subject_id=text)


KINDS: tuple[tuple[type[Model], Callable[[str], Q]], ...] = (
    (User, lambda text: Q(email__startswith=text.lower()) | (Q(pk=text) if _is_id(text) else Q(pk__in=()))),
    (Group, lambda text: Q(name__istartswith=text)),
    (AccessRule, lambda text: Q(subject_type__in=SubjectType.values, subject_id=text)),
    (Application, lambda text: Q(name__istartswith=text) | Q(client_id=text)),
    (Cluster, lambda text: Q(slug__startswith=text) | Q(pk=text) | Q(audience=text)),
    (Department, lambda text: Q(name__startswith=text.lower()) | Q(pk=text)),
    (Project, lambda text: Q(name__startswith=text.lower()) | Q(pk=text)),
    (IdentityProvider, lambda text: Q(alias__startswith=text.lower()) | Q(name__istartswith=text)),
    (Session, lambda text: Q(pk=text) if _is_id(text) else Q(pk__in=())),
    (Attempt, lambda text: Q(reference=text.upper())),
    (Event, _events),
)


def search_page(request: HttpRequest) -> HttpResponse:
    text, problem, found = request.GET.get("q", "").strip(), "", []
    try:
        check_search(text)
    except Invalid as refusal:
        problem = translated(refusal.message)
    if text and not problem:
        found = [kind for model, wanted in KINDS if (kind := _found(request, model, wanted(text), text)) is not None]
    context = {"title": gettext("Search"), "searched": text, "problem": problem, "found": found}
    return TemplateResponse(request, "admin/search.html", {**admin.site.each_context(request), **context})


def _found(request: HttpRequest, model: type[Model], wanted: Q, text: str) -> SearchHits | None:
    rows = visible(request, model)
    if rows is None:
        return None
    shown: list[Any] = list(rows.filter(wanted)[: MOST_OF_A_KIND + 1])
    if not shown:
        return None
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed = [(str(row), reverse(f"{page}_change", args=[quote(row.pk)])) for row in shown[:MOST_OF_A_KIND]]
    more = f"{reverse(f'{page}_changelist')}?{urlencode({'q': text})}" if len(shown) > MOST_OF_A_KIND else ""
    return SearchHits(capfirst(str(model._meta.verbose_name_plural)), listed, more)

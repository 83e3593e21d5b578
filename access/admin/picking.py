"""A scope as people type it, in a field that works without JavaScript."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from access.models import Scope

MOST_OFFERED = 200
MOST_NAMESAKES = 20


class ScopeField(forms.CharField):
    """Takes a scope's full name, its name alone where it is the only one, or its id; gives the Scope.

    The browser offers `offered` while one types (a datalist, which the template writes); any other may be typed too.
    """

    scopes: QuerySet[Scope]
    offered: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        help_text = gettext_lazy(
            "A name such as faces, or the full one where several have it: runai/prod/vision/faces."
        )
        super().__init__(
            max_length=300, help_text=help_text, widget=forms.TextInput(attrs={"size": 50, "list": "offered"}), **kwargs
        )

    def offer(self, scopes: QuerySet[Scope]) -> None:
        self.scopes = _with_parents(scopes)
        self.offered = tuple(scope.full_name for scope in self.scopes.order_by("path")[:MOST_OFFERED])

    def clean(self, value: Any) -> Scope | None:
        typed = str(super().clean(value)).strip("/ ")
        if not typed:
            return None
        found = scopes_named(self.scopes, typed)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(gettext("No scope goes by this name, or none whose access rules you may read."))
        names = ", ".join(sorted(scope.full_name for scope in found))
        raise ValidationError(
            gettext("Several scopes go by this name: %(names)s. Write one of these.") % {"names": names}
        )


def scopes_named(scopes: QuerySet[Scope], typed: str) -> list[Scope]:
    """Return the scopes that go by this id, full name or name."""
    name = typed.rpartition("/")[2]
    found = list(_with_parents(scopes).filter(Q(pk=typed) | Q(name=name)).order_by("path")[:MOST_NAMESAKES])
    exact = [scope for scope in found if typed in (scope.pk, scope.full_name)]
    return exact or [scope for scope in found if scope.full_name.endswith(f"/{typed}") or scope.name == typed]


def name_of_scope(scopes: QuerySet[Scope], id_or_name: str) -> str:
    """Return the full name of the scope of this id, for links of ours; what is no id stays as it is."""
    scope = _with_parents(scopes).filter(pk=id_or_name).first()
    return scope.full_name if scope else id_or_name


def questions_about(**known: str) -> list[tuple[str, str]]:
    """Return links to the pages that answer, filled in with what is known of the question."""
    filled = urlencode(known)
    return [
        (f"{reverse('admin:access_who_can')}?{urlencode({'scope': known['scope']})}", gettext("Who can …?")),
        (f"{reverse('admin:access_why')}?{filled}", gettext("Check access")),
    ]


def _with_parents(scopes: QuerySet[Scope]) -> QuerySet[Scope]:
    return scopes.select_related("parent__parent__parent")

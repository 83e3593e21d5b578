from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def visible(request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """Return the rows that the page of this model shows to who asks; None where the page is closed to them."""
    page = admin.site._registry[model]
    if not page.has_view_permission(request):
        return None
    return page.get_queryset(request).order_by()

"""Django's admin over our verbs: every write goes through a service, and permissions come from access rules."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from common.errors import DomainError

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Revealed:
    """A secret that was just made, to be shown this once."""

    title: str
    label: str
    secret: str
    advice: str


class ServiceAdmin(admin.ModelAdmin[M]):
    """A page whose `save_model` and `delete_model` call verbs.

    `resource_type` is asked for as `<resource type>.<read|create|update|delete>`; a refusal of a verb stands in the
    form, with everything that was typed; `reveal()` shows a new secret once, on the answer to the very request.
    """

    resource_type: str

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.read", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.resource_type}.create")

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.update", obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # The trail is `audit`, written by the verbs; Django's own LogEntry would be a second, weaker one.
    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> None:  # type: ignore[override]
        pass

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> None:  # type: ignore[override]
        pass

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        pass

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form, in this request only
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: DomainError | None = getattr(request, "refusal", None)
        return _refusing(form, refusal) if refusal else form

    def reveal(self, request: HttpRequest, revealed: Revealed) -> None:
        request.revealed = revealed  # type: ignore[attr-defined]  # read by the response of this same request

    def response_add(self, request: HttpRequest, obj: M, post_url_continue: str | None = None) -> HttpResponse:
        return self.revealing(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: M) -> HttpResponse:
        return self.revealing(request) or super().response_change(request, obj)

    def revealing(self, request: HttpRequest) -> HttpResponse | None:
        revealed: Revealed | None = getattr(request, "revealed", None)
        if revealed is None:
            return None
        context = {
            **self.admin_site.each_context(request),
            "revealed": revealed,
            "title": revealed.title,
            "opts": self.opts,
        }
        response = TemplateResponse(request, "admin/revealed.html", context)
        response["Cache-Control"] = "no-store"
        return response


def _refusing(form: type[ModelForm[M]], refusal: DomainError) -> type[ModelForm[M]]:
    class Refused(form):  # type: ignore[valid-type,misc]  # a form class made for one request
        def clean(self) -> None:
            super().clean()
            self.add_error(None, refusal.message)

    return Refused

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import User
from accounts.signing_in import sign_out
from accounts.views.step_up import put_back, show_again_first
from common.changelist import check_search
from common.errors import Invalid
from common.once import answer_once
from runai_identity.first_page.attention import attention
from runai_identity.first_page.counts import counts
from runai_identity.first_page.plot import sign_ins
from runai_identity.first_page.search import search_page
from runai_identity.first_page.tasks import tasks
from runai_identity.first_steps import first_steps
from runai_identity.step_up import is_sensitive

# The pages under the product's words, settings first and then in the order in which a deployment is set up.
SECTIONS = {
    gettext_noop("Settings"): (
        "GeneralSettings",
        "SignInSettings",
        "TokenSettings",
        "BrandingSettings",
        "MailSettings",
    ),
    gettext_noop("Accounts"): ("User", "Group", "Session", "Consent"),
    gettext_noop("Single sign-on"): ("IdentityProvider", "Identity", "Attempt"),
    gettext_noop("Access"): ("AccessRule", "Department", "Project", "Scope"),
    gettext_noop("Applications and keys"): ("Application", "RegistrationToken", "SigningKey"),
    gettext_noop("Clusters"): ("Cluster",),
    gettext_noop("Audit log"): ("Event",),
}


def _questions() -> list[dict[str, Any]]:
    """Return the pages that answer questions, in the shape of Django's entries for models."""
    pages = {
        gettext_noop("Check access"): "admin:access_why",
        gettext_noop("Who can …?"): "admin:access_who_can",
    }
    return [
        {"name": name, "object_name": "", "admin_url": reverse(page), "add_url": None, "view_only": True, "perms": {}}
        for name, page in pages.items()
    ]


class OfferedAutocomplete(AutocompleteJsonView):
    """Answers the fields that forms offer it for, where Django's takes any relation of any model."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            check_search(request.GET.get("term", ""))
        except Invalid as refusal:
            return HttpResponseBadRequest(refusal.message, content_type="text/plain; charset=utf-8")
        if request.GET.get("page", "").strip().startswith("-"):
            raise Http404("Only lists have pages that are counted from the end.")
        return super().get(request, *args, **kwargs)

    def process_request(self, request: HttpRequest) -> Any:
        site: Any = self.admin_site
        asked = request.GET.get("app_label"), request.GET.get("model_name"), request.GET.get("field_name")
        offered = {
            (model._meta.app_label, model._meta.model_name, field)
            for model, page in site._registry.items()
            for field in page.get_autocomplete_fields(request)
        }
        if asked not in offered:
            raise PermissionDenied
        return super().process_request(request)


class IdentityAdminSite(admin.AdminSite):
    site_header = "runai-identity"
    site_title = "runai-identity"
    index_title = gettext_lazy("Administration")
    site_url = "/"

    def get_urls(self) -> list[Any]:
        return [path("search/", self.admin_view(search_page), name="search"), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's checks, and before a sensitive act who is there shows it again, if they signed in too long ago."""
        checked = super().admin_view(view, cacheable)

        def stepped_up(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and is_sensitive(request) and (answer := show_again_first(request)):
                return answer
            response: HttpResponseBase = checked(request, *args, **kwargs)
            return response

        @wraps(checked)
        def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and (answer := put_back(request)):
                return answer
            return answer_once(request, request.path, lambda: stepped_up(request, *args, **kwargs))

        return once

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_staff

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        steps = first_steps(request.user) if isinstance(request.user, User) else []
        told = {
            "steps": steps,
            "all_done": all(step.done for step in steps),
            "attention": attention(request),
            "counts": counts(request),
            "plot": sign_ins(request),
            "tasks": tasks(self.get_app_list(request)),
        }
        return super().index(request, {**told, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the sections that this person may see something of; an app's own page stays as Django has it."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        pages = {page["object_name"]: (app, page) for app in apps for page in app["models"]}
        listed = []
        asking = _questions() if request.user.has_perm("access_rules.read") else []
        for name, wanted in SECTIONS.items():
            found = [pages[object_name] for object_name in wanted if object_name in pages]
            if found:
                first_app, first_page = found[0]
                models = [*(page for _, page in found), *(asking if name == "Access" else [])]
                listed.append({**first_app, "name": name, "app_url": first_page["admin_url"], "models": models})
        return listed

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:  # type: ignore[override]
        return OfferedAutocomplete.as_view(admin_site=self)(request)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponseBase:  # type: ignore[override]
        """There is one way in: the sign-in page, with its throttling, sessions and audit."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: object = None) -> HttpResponseBase:  # type: ignore[override]
        """And one way out, which ends our session with the tokens that came of it."""
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: object = None) -> HttpResponseBase:  # type: ignore[override]
        """Django's own form would change it past the rules, the throttle and the trail."""
        return redirect("accounts:password")

    def password_change_done(self, request: HttpRequest, extra_context: object = None) -> HttpResponseBase:  # type: ignore[override]
        return self.password_change(request)

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.views import sign_out


class IdentityAdminSite(admin.AdminSite):
    site_header = "runai-identity"
    site_title = "runai-identity"
    index_title = "Administration"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_staff

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

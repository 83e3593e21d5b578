"""The page on which people choose its language, before and after they sign in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.returning import here_again, page
from accounts.services.languages import choose_language

KEPT_FOR = 365 * 24 * 3600  # seconds


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Ask for the language; keep it in a cookie, and with the person who is signed in."""
    chosen = request.POST.get("language", "") if request.method == "POST" else None
    where = here_again(request.POST.get("next") or request.GET.get("next") or "")
    if chosen is None or chosen not in ("", *dict(settings.LANGUAGES)):
        context = {"languages": settings.LANGUAGES, "next": where}
        response = render(request, "accounts/language.html", context, status=200 if chosen is None else 400)
        # The page before may be one whose address holds a link to choose a password.
        response["Referrer-Policy"] = "strict-origin"
        return response
    if isinstance(request.user, User):
        choose_language(actor=request.user, language=chosen)
    response = redirect(where)
    if chosen:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=KEPT_FOR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response

"""Send the browser on with a message."""

from typing import cast
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from sso.messages import Outgoing


def send(request: HttpRequest, outgoing: Outgoing) -> HttpResponse:
    """Redirect, or show a page that posts the message.

    Chromium holds every redirect after that post to the page's form-action, and providers redirect further: to another
    address of theirs, or to everybody else whom a sign-out concerns. So the policy names a scheme and no host.
    """
    if not outgoing.fields:
        return HttpResponseRedirect(outgoing.url)
    context = {
        "url": outgoing.url,
        "fields": outgoing.fields,
        "title": gettext("Continue to your organisation's sign-in"),
    }
    policy = {"form-action": [f"{urlsplit(outgoing.url).scheme}:"]}
    page = csp_replace(policy)(lambda request: render(request, "sso/post.html", context))
    response = cast(HttpResponse, page(request))
    response["Cache-Control"] = "no-store"
    return response

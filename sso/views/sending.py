"""Sending a browser on with a message."""

from urllib.parse import urlsplit

from csp.constants import SELF
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sso.messages import Outgoing


def send(request: HttpRequest, outgoing: Outgoing) -> HttpResponse:
    """By a redirect, or by a page that posts there; that page's policy names the provider."""
    if not outgoing.fields:
        return HttpResponseRedirect(outgoing.url)
    context = {"url": outgoing.url, "fields": outgoing.fields, "title": "Going on to your organisation's sign-in"}
    response = render(request, "sso/post.html", context)
    parts = urlsplit(outgoing.url)
    response._csp_update = {"form-action": [SELF, f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]  # django-csp reads it
    response["Cache-Control"] = "no-store"
    return response

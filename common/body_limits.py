"""Bound request bodies. A stranger's body is parsed only once it is known to be small.

A view says what it takes otherwise by two attributes, on the function, the APIView or the ModelAdmin:
`most_bytes`, also from strangers, and `takes_files`, from who is signed in. Views of the API are held to theirs by
their parser (`common.parsers`), which reads nothing but JSON.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from common.middleware import BodyTooLong, UnreadableRequest

MOST_OF_ANYBODY: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
MOST_WITH_A_FILE = 2 * MOST_OF_ANYBODY
MOST_OF_STRANGERS = 32 * 1024
MOST_FIELDS: int = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
MOST_FIELDS_OF_STRANGERS = 100
FORM = "application/x-www-form-urlencoded"

V = TypeVar("V", bound=Callable[..., Any])


class FilesRefused(UnreadableRequest, MultiPartParserError):
    """Django knows by the latter that the form is not to be read a second time."""


def takes(*, most_bytes: int) -> Callable[[V], V]:
    """Declare how much a view's body may have, whoever sends it."""

    def declared(view: V) -> V:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]  # read below
        return view

    return declared


class BodyLimitMiddleware:
    """Refuse a form that is longer than the view takes from this caller, before anything reads it.

    It stands before CsrfViewMiddleware, which reads the form of everybody to find its token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        length = _length(request)
        if length == 0 or hasattr(view, "cls"):
            return
        if length > MOST_OF_STRANGERS:
            most = _most_bytes(view, request)
            if length > most:
                raise BodyTooLong(f"The body is longer than {most} bytes.")
        fields = _fields(request) if request.content_type == FORM else 0
        if fields > MOST_FIELDS_OF_STRANGERS:
            most = MOST_FIELDS if request.user.is_authenticated else MOST_FIELDS_OF_STRANGERS
            if fields > most:
                raise UnreadableRequest(f"The form has more than {most} fields.")


class FilesWhereDeclared(MemoryFileUploadHandler):
    """Refuse a multipart body, unread, where no file is expected; keep a file in memory where one is."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        match: Any = self.request.resolver_match if self.request else None
        if match is None or not _declares_files(match.func):
            raise FilesRefused(f"No files are taken here. Send the form as {FORM}.")
        super().handle_raw_input(*args, **kwargs)


def _most_bytes(view: Any, request: HttpRequest) -> int:
    signed_in = request.user.is_authenticated
    if signed_in and request.content_type == "multipart/form-data" and _declares_files(view):
        return MOST_WITH_A_FILE
    most: int = getattr(view, "most_bytes", MOST_OF_ANYBODY if signed_in else MOST_OF_STRANGERS)
    return most


def _declares_files(view: Any) -> bool:
    return bool(getattr(getattr(view, "model_admin", view), "takes_files", False))


def _length(request: HttpRequest) -> int:
    # As Django's WSGIRequest reads it.
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _fields(request: HttpRequest) -> int:
    try:
        return request.body.count(b"&") + 1
    except UnreadablePostError:  # they went away, which the view finds out as well
        return 0

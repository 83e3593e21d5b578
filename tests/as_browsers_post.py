"""Django's test client sends forms as multipart; a browser does so only for a form with a file."""

from typing import Any

from django.test.client import MULTIPART_CONTENT, RequestFactory
from django.utils.http import urlencode

FORM = "application/x-www-form-urlencoded"


def post_as_browsers_do() -> None:
    """Have every test client urlencode its forms, unless there is a file in them."""
    post: Any = RequestFactory.post

    def posted(self: RequestFactory, path: str, data: Any = None, content_type: str = FORM, **kwargs: Any) -> Any:
        if content_type is MULTIPART_CONTENT and not _has_a_file(data or {}):
            data, content_type = urlencode(data or {}, doseq=True), FORM
        return post(self, path, data, content_type, **kwargs)

    RequestFactory.post = posted  # type: ignore[method-assign, assignment]


def _has_a_file(fields: Any) -> bool:
    return any(hasattr(value, "read") for value in fields.values())

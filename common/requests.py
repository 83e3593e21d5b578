"""The request that Django's handler is given: nothing in it fails before the handler can answer.

Django reads the Content-Type as it makes a request, and by its charset the address too, in codecs that are no charsets
as well (`hex`, `idna`). What fails there is outside of every middleware: a 500 for whoever likes.
"""

import codecs
from functools import cached_property
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.utils.http import parse_header_parameters

from common.errors import MALFORMED
from common.request_values import RequestValue

FORM = "application/x-www-form-urlencoded"
UNREADABLE: RequestValue[str] = RequestValue()  # why ReadableMiddleware refuses the request
_UTF_8 = ("utf-8", "ascii")


class Request(WSGIRequest):
    """A WSGI request whose address is UTF-8 (RFC 3986 §2.5), whatever its Content-Type says of the body."""

    # Django's is a cached_property as well.
    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]
        query: str = self.environ.get("QUERY_STRING", "")
        return QueryDict(query.encode("latin-1"))

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except MALFORMED:
            self.content_type, self.content_params = "", {}
            UNREADABLE.set(self, "The Content-Type of this request can't be read. Send it without odd parameters.")
            return
        charset = self.content_params.get("charset", "")
        if self.content_type == FORM and _is_another(charset):
            # Not by the property `encoding`, which reads the address. Django refuses to read such a form (400).
            self._encoding = charset


def _is_another(charset: str) -> bool:
    """Return True for the name of a codec that is not UTF-8; an unknown one is passed over, as Django does."""
    try:
        return bool(charset) and codecs.lookup(charset).name not in _UTF_8
    except MALFORMED:
        return False

"""Request bodies of unknown length (Transfer-Encoding: chunked, RFC 9112 §7.1), which Django takes for empty."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class ChunkedBodies:
    """WSGI middleware: reads a chunked body, up to a byte more than `most_bytes`, and says how long it is.

    What is longer is then refused like any other body that is too long. A server that does not end the input where the
    body ends (`wsgi.input_terminated`) can't be read to the end, so that such a request is answered 411.
    """

    def __init__(self, application: Application, *, most_bytes: int) -> None:
        self.application = application
        self.most_bytes = most_bytes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self.application(environ, start_response)
        if not environ.get("wsgi.input_terminated"):
            return _length_required(start_response)
        body = environ["wsgi.input"].read(self.most_bytes + 1)
        read = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self.application(read, start_response)


def _length_required(start_response: StartResponse) -> Iterable[bytes]:
    body = b'{"code": 411, "message": "Send the body with its length (Content-Length), not in chunks."}'
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response("411 Length Required", headers)
    return [body]

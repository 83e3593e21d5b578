"""A request as ASGI has it, for an application of WSGI."""

import sys
from io import BytesIO
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from django.urls import Resolver404, resolve

Scope = dict[str, Any]


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the request as PEP 3333 has it, whose texts have a character for each byte."""
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(scope["server"][0]),
        "SERVER_PORT": str(scope["server"][1]),
        "REMOTE_ADDR": str(scope["client"][0]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _put_header(environ, name.decode("latin-1").lower(), value.decode("latin-1"))
    return environ


def _put_header(environ: dict[str, Any], name: str, value: str) -> None:
    # A name with an underscore would pass for the one with a hyphen: X_Forwarded_For for what a proxy wrote.
    if "_" in name or name in ("content-length", "transfer-encoding"):
        return
    variable = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
    if variable in environ:
        # RFC 9110 §5.3; cookies, which HTTP/2 splits, have a mark of their own (RFC 9113 §8.2.3).
        value = f"{environ[variable]}{'; ' if name == 'cookie' else ','}{value}"
    environ[variable] = value


def has_body(scope: Scope) -> bool:
    """RFC 9112 §6.3: without either field a GET has none, and to wait for none takes a turn of the event loop."""
    names = {name for name, _ in scope["headers"]}
    return scope["method"] != "GET" or not names.isdisjoint((b"content-length", b"transfer-encoding"))


def most_bytes_at(scope: Scope) -> int:
    """Return what the view at the address declares to take (common.body_limits); 0 where none declares anything."""
    try:
        view: Any = resolve(unquote(scope["raw_path"])).func
    except Resolver404:
        return 0
    return int(getattr(getattr(view, "cls", view), "most_bytes", 0))

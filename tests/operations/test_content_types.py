"""Whatever a Content-Type says, the server answers: none of its charsets and parameters fails outside of Django."""

import encodings
import pkgutil
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_started
from django.db import close_old_connections

from runai_identity.wsgi import application

FORM, JSON, FILES = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"
BODIES = {
    FORM: b"a=1&b=%FF",
    JSON: b"{}",
    FILES: b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n',
}
CODECS = sorted({module.name for module in pkgutil.iter_modules(encodings.__path__)} - {"mbcs", "oem"})
CHARSETS = [*CODECS, "UTF8", "utf-8", "nonsense", "\x80", "", '"', "x" * 12_000]
# RFC 2231 lets a parameter name the charset of its own value.
OF_THEIR_OWN = ("bogus'en'%41", "hex''%41", "'", "''")
ODD = [
    *(f"; charset={charset}" for charset in CHARSETS),
    *(f"; {name}*={value}" for name in ("x", "charset", "boundary") for value in OF_THEIR_OWN),
    "; x*0*=bogus''a; x*1=b",
    ";;=;",
    "; a" * 3000,
]
PATHS = ("/login", "/api/v1/token", "/api/v1/users", "/healthz", "/auth/realms/runai/protocol/openid-connect/token")

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture(autouse=True)
def the_tests_own_connection() -> Iterator[None]:
    """Keep the connection that the test has opened, as Django's test client does."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def answer(method: str, path: str, content_type: str, body: bytes = b"", query: str = "") -> int:
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    setup_testing_defaults(environ)
    environ |= {"HTTP_HOST": "testserver", "REMOTE_ADDR": "192.0.2.1", "wsgi.input": BytesIO(body)}
    environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    said: list[str] = []
    list(application(environ, lambda status, headers, *rest: said.append(status)))
    return int(said[0].split()[0])


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: quote(odd[:40]))
def test_an_odd_content_type_is_read_or_refused(odd: str) -> None:
    answers = {(kind, path): answer("POST", path, kind + odd, body) for kind, body in BODIES.items() for path in PATHS}

    assert {at: status for at, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("charset", CHARSETS, ids=lambda charset: quote(charset[:40]))
@pytest.mark.parametrize("query", ["next=%2Faccount%C3%A4", "a=1&" * 1500], ids=["short", "many parameters"])
def test_the_address_is_read_alike_whatever_the_charset(charset: str, query: str) -> None:
    plain = answer("GET", "/login", "", query=query)

    assert {answer("GET", "/login", f"{kind}; charset={charset}", query=query) for kind in BODIES} == {plain}


@pytest.mark.parametrize("alias", ["utf-8", "UTF8", "utf_8", "us-ascii", '"utf-8"'])
def test_a_form_in_utf_8_is_read_by_whatever_name(alias: str) -> None:
    """It is refused for the token against forgery that is not in it: 403."""
    assert answer("POST", "/login", f"{FORM}; charset={alias}", b"email=a") == 403


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-7", "hex"])
def test_a_form_in_another_charset_is_refused(charset: str) -> None:
    assert answer("POST", "/login", f"{FORM}; charset={charset}", b"a=%FC") == 400

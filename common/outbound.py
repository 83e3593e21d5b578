"""The one door to addresses that somebody named: metadata, discovery, token endpoints, logout URIs of clients.

A name is looked up once and checked, and what was checked is what is connected to: neither a redirect nor a second
answer of the name service leads into our own networks, unless OUTBOUND_PRIVATE_NETWORKS lists them.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.poolmanager import PoolManager

from common.errors import Invalid, Unavailable

SECONDS = 10
MOST_REDIRECTS = 3
CHUNK = 16 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")

S = TypeVar("S", bound=requests.Session)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Exception):
    """The host is in a network that is not open to us."""


def session() -> requests.Session:
    """A client that is guarded; what it streams is read with `read`. Raises requests' exceptions; `refusal` makes
    them ours.
    """
    return guard(requests.Session())


def guard(client: S, *, most_bytes: int | None = None) -> S:
    """Let it reach public addresses only, and take nothing from the environment; redirects lead through here again.

    With `most_bytes`, no redirect is followed, and each answer is read at once, up to that and within SECONDS;
    DomainErrors say what was wrong.
    """
    client.trust_env = False
    client.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        client.mount(scheme, _CheckedAdapter(most_bytes))
    return client


def fetch(url: str, *, most_bytes: int, seconds: float = SECONDS, accept: str = "*/*") -> bytes:
    """What is there; Invalid when the address is not allowed, Unavailable when it doesn't answer with 200 in time."""
    ends_at = time.monotonic() + seconds
    with session() as client:
        client.headers["Accept"] = accept
        for _ in range(MOST_REDIRECTS + 1):
            check_url(url)
            try:
                with client.get(url, timeout=seconds, stream=True, allow_redirects=False) as answer:
                    if not answer.is_redirect:
                        return _body(answer, url, most_bytes, ends_at)
                    onward = urljoin(url, answer.headers["Location"])
            except requests.RequestException as error:
                raise refusal(error, url) from None
            if url.startswith("https:") and not onward.startswith("https:"):
                raise Invalid("address_not_allowed", f"{_host(url)} leads on to an address without TLS.")
            url = onward
    raise Unavailable("unreachable", f"{_host(url)} leads on more than {MOST_REDIRECTS} times.")


def read(answer: requests.Response, *, most_bytes: int, ends_at: float) -> bytes:
    """The body of a streamed answer; Unavailable when it is longer, or not whole by `ends_at` (time.monotonic)."""
    host, body = _host(answer.url), b""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unavailable("unreachable", f"{host} compressed its answer, which was not asked for.")
    try:
        # As it comes: who waits for a whole block waits for who sends a byte a minute.
        while chunk := answer.raw.read1(CHUNK):
            body += chunk
            if len(body) > most_bytes:
                raise Unavailable("unreachable", f"{host} answered with more than {most_bytes} bytes.")
            if time.monotonic() > ends_at:
                raise Unavailable("unreachable", f"{host} answered too slowly.")
    except (HTTPError, OSError) as error:
        raise refusal(error, answer.url) from None
    return body


def check_url(url: str) -> None:
    """Invalid for anything but an https address; plain http is for networks that are listed as ours."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password or port == 0:
        raise Invalid("address_not_allowed", "Give an address that begins with https://, without a user name in it.")
    if parts.scheme == "http" and not _all_listed(host):
        raise Invalid(
            "address_not_allowed",
            f"{host} has to be asked by https. Plain http is for addresses in OUTBOUND_PRIVATE_NETWORKS.",
        )


def refusal(error: Exception, url: str) -> Invalid | Unavailable:
    """A failure of requests in words for people."""
    if _caused_by(error, NotAllowed):
        return Invalid(
            "address_not_allowed",
            f"{_host(url)} is in a private network. If it is meant, list its network in OUTBOUND_PRIVATE_NETWORKS.",
        )
    return Unavailable("unreachable", f"{_host(url)} can't be reached: {_why(error)}.")


def _body(answer: requests.Response, url: str, most_bytes: int, ends_at: float) -> bytes:
    if answer.status_code != 200:
        raise Unavailable("unreachable", f"{_host(url)} answered with status {answer.status_code}.")
    return read(answer, most_bytes=most_bytes, ends_at=ends_at)


def _why(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout) or _caused_by(error, TimeoutError):
        return "it did not answer in time"
    if _caused_by(error, socket.gaierror):
        return "there is no such host"
    return "the connection failed"


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    """requests wraps urllib3's errors, which wrap others: as causes, as contexts, as arguments."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, kind):
            return True
        inner = [arg for arg in one.args if isinstance(arg, BaseException)]
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *inner]
        waiting = [item for item in waiting if isinstance(item, BaseException)]
    return False


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the address"


def _all_listed(host: str) -> bool:
    try:
        found = [address for _, address in _looked_up(host, 80)]
    except OSError:
        return False
    return bool(found) and all(_is_listed(address) for address in found)


def _looked_up(host: str, port: int) -> Iterator[tuple[Any, Address]]:
    for family, kind, protocol, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        yield (family, kind, protocol, where), ipaddress.ip_address(str(where[0]).partition("%")[0])


def _is_listed(address: Address) -> bool:
    address = _unwrapped(address)
    return any(address in network for network in settings.OUTBOUND_PRIVATE_NETWORKS)


def is_allowed(address: Address) -> bool:
    """Public, or listed as ours."""
    address = _unwrapped(address)
    return (address.is_global and not address.is_multicast) or _is_listed(address)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _connect(connection: HTTPConnection) -> socket.socket:
    """To the first allowed address of the host that answers."""
    failure: Exception = NotAllowed(connection.host)
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else SECONDS
    for (family, kind, protocol, where), address in _looked_up(connection._dns_host, connection.port):
        if not is_allowed(address):
            continue
        tried = socket.socket(family, kind, protocol)
        try:
            tried.settimeout(timeout)
            tried.connect(where)
        except OSError as error:
            tried.close()
            failure = error
            continue
        return tried
    raise NewConnectionError(connection, str(failure)) from failure


class _CheckedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _CheckedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _CheckedAdapter(HTTPAdapter):
    def __init__(self, most_bytes: int | None) -> None:
        self.most_bytes = most_bytes
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self.most_bytes is None:
            return super().send(request, *args, **kwargs)
        url, ends_at = str(request.url), time.monotonic() + SECONDS
        check_url(url)
        try:
            answer = super().send(request, stream=True, timeout=SECONDS)
        except requests.RequestException as error:
            raise refusal(error, url) from None
        with answer:
            if answer.is_redirect:
                raise Unavailable("unreachable", f"{_host(url)} leads on to another address, where no secret is sent.")
            answer._content = read(
                answer, most_bytes=self.most_bytes, ends_at=ends_at
            )  # where requests keeps what was read
        return answer

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=4, maxsize=4)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

"""The one door to addresses that somebody named: metadata, discovery, token endpoints, logout URIs of clients.

Neither a redirect nor a second answer of the name service leads into our own networks, unless
OUTBOUND_PRIVATE_NETWORKS lists them; and nobody keeps us longer, or gives us more, than we asked for.
"""

import socket
import time
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from common.connections import SECONDS, Adapter, NotAllowed, seconds_left
from common.errors import Invalid, Unavailable
from common.wording import Wording

MOST_REDIRECTS = 3
CHUNK = 16 * 1024

S = TypeVar("S", bound=requests.Session)


def session() -> requests.Session:
    """Return a client that reaches public and listed addresses only, and follows no redirect.

    Ask it for streams, with a timeout, which is for the whole answer; read them with `read`. It raises requests'
    exceptions; `refusal` makes them ours.
    """
    return _mounted(_Unfollowing(), Adapter())


def guard(client: S, *, most_bytes: int) -> S:
    """Hold somebody else's client to the same. Each answer is read at once, up to `most_bytes` and within SECONDS;
    DomainErrors say what was wrong, a redirect too.
    """
    return _mounted(client, _ReadingAdapter(most_bytes))


def fetch(url: str, *, most_bytes: int, seconds: float = SECONDS, accept: str = "*/*") -> bytes:
    """Fetch an address; Invalid if it is not allowed, Unavailable if it doesn't answer with 200 in time."""
    ends_at = time.monotonic() + seconds
    with session() as client:
        client.headers["Accept"] = accept
        for _ in range(MOST_REDIRECTS + 1):
            check_url(url)
            try:
                with client.get(url, timeout=seconds_left(ends_at), stream=True) as answer:
                    if not answer.is_redirect:
                        return _body(answer, url, most_bytes, ends_at)
                    url = _onward(url, answer.headers["Location"])
            except OSError as error:  # requests' own are among them
                raise refusal(error, url) from None
    raise Unavailable(
        "unreachable",
        Wording("{host} leads on more than {most} times.", host=_host(url), most=MOST_REDIRECTS),
    )


def read(answer: requests.Response, *, most_bytes: int, ends_at: float) -> bytes:
    """Return the body of a streamed answer.

    Unavailable when it is longer, or not whole by `ends_at` (time.monotonic).
    """
    host, body = _host(answer.url), b""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unavailable("unreachable", Wording("{host} compressed its answer, which was not asked for.", host=host))
    try:
        # As it comes: who waits for a whole block waits for who sends a byte a minute.
        while chunk := answer.raw.read1(CHUNK):
            body += chunk
            if len(body) > most_bytes:
                raise Unavailable(
                    "unreachable",
                    Wording("{host} answered with more than {most} bytes.", host=host, most=most_bytes),
                )
            if time.monotonic() > ends_at:
                raise Unavailable("unreachable", Wording("{host} answered too slowly.", host=host))
    except (HTTPError, OSError) as error:
        raise refusal(error, answer.url) from None
    return body


def check_url(url: str) -> None:
    """Invalid for anything but an address by https, or by http, which the connection allows to listed networks."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password or port == 0:
        raise Invalid("address_not_allowed", "Give an address that begins with https://, without a user name in it.")


def refusal(error: Exception, url: str) -> Invalid | Unavailable:
    """Return a failure of requests in words for people."""
    host = _host(url)
    if not _caused_by(error, NotAllowed):
        return Unavailable("unreachable", Wording("{host} can't be reached: {why}.", host=host, why=_why(error)))
    if _scheme(url) == "http":
        why = Wording(
            "{host} has to be asked by https. Plain http is for addresses in OUTBOUND_PRIVATE_NETWORKS.", host=host
        )
    else:
        why = Wording(
            "{host} is in a private network. If it is meant, list its network in OUTBOUND_PRIVATE_NETWORKS.", host=host
        )
    return Invalid("address_not_allowed", why)


def _onward(url: str, location: str) -> str:
    try:
        onward = urljoin(url, location)
    except ValueError:
        raise Unavailable("unreachable", Wording("{host} leads on to what is no address.", host=_host(url))) from None
    if _scheme(url) == "https" and _scheme(onward) != "https":
        raise Invalid("address_not_allowed", Wording("{host} leads on to an address without TLS.", host=_host(url)))
    return onward


def _mounted(client: S, adapter: Adapter) -> S:
    client.trust_env = False
    client.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        client.mount(scheme, adapter)
    return client


class _Unfollowing(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None. Even one that is not followed would be read whole, however long, on the way to where it leads."""
        return None


class _ReadingAdapter(Adapter):
    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url, ends_at = str(request.url), time.monotonic() + SECONDS
        check_url(url)
        try:
            answer = super().send(request, stream=True, timeout=SECONDS)
        except requests.RequestException as error:
            raise refusal(error, url) from None
        with answer:
            if answer.is_redirect:
                raise Unavailable(
                    "unreachable",
                    Wording("{host} leads on to another address, where no secret is sent.", host=_host(url)),
                )
            # Where requests keeps what was read.
            answer._content = read(answer, most_bytes=self.most_bytes, ends_at=ends_at)
        return answer


def _body(answer: requests.Response, url: str, most_bytes: int, ends_at: float) -> bytes:
    if answer.status_code != 200:
        raise Unavailable(
            "unreachable",
            Wording("{host} answered with status {status}.", host=_host(url), status=answer.status_code),
        )
    return read(answer, most_bytes=most_bytes, ends_at=ends_at)


def _why(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return Wording("its certificate is not trusted")
    if isinstance(error, requests.Timeout) or _caused_by(error, TimeoutError):
        return Wording("it did not answer in time")
    if _caused_by(error, socket.gaierror):
        return Wording("there is no such host")
    return Wording("the connection failed")


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


def _scheme(url: str) -> str:
    return urlsplit(url).scheme

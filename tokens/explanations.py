"""Word for pages what clients send and ask for."""

import re
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.utils.timesince import timesince
from django.utils.translation import gettext

NUMERIC = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")  # what ends like this is no name (URL Standard §3.5)
# RFC 9110 §10.1.5, and short: a product and its version.
PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,30}/v?[0-9][A-Za-z0-9.+-]{0,20}(?![^ ])")
# The first that fits: most browsers also name those that they want to be taken for.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS": "Firefox",
    "Chrome/": "Chrome",
    "CriOS": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def program_in_words(user_agent: str) -> str:
    """Return what somebody's program says that it is: `Firefox on Linux`, `kubelogin/v1.34`, and no more of its words.

    Whoever asks chooses the text, which stands on a page of ours.
    """
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    if browser and user_agent.startswith("Mozilla/"):
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
    named = PRODUCT.match(user_agent)
    return named[0] if named else gettext("a program that doesn't say which it is")


def ago(moment: datetime, *, now: datetime) -> str:
    if now - moment < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(distance)s ago") % {"distance": timesince(moment, now, depth=1)}


def is_on_this_device(redirect_uri: str) -> bool:
    """Return whether a code goes to a program on the person's device: by its loopback, or by a scheme of its own."""
    parts = urlsplit(redirect_uri)
    return parts.scheme not in ("http", "https") or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        # Browsers take 127.1 and 2130706433 for addresses too: of such a spelling rather too many than one too few.
        return NUMERIC.fullmatch(name) is not None
    plain = getattr(address, "ipv4_mapped", None) or address
    return bool(plain.is_loopback or plain.is_unspecified)


def destination_in_words(redirect_uri: str) -> str:
    """Return where a client takes people: the host, with its port, of a web application."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https"):
        return gettext("the application on this device")
    return gettext("a program on this computer") if _is_loopback(parts.hostname or "") else parts.netloc

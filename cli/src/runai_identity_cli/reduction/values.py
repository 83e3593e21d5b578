"""The forms of what may be sent. A value that has another is left here, and WITHHELD stands for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

WITHHELD = "…"
LONGEST = 300

Form = Callable[[str], str]

# Quotes and blanks around a value are mistakes that the doctor tells of.
AROUND = re.compile(r"""([\s"']{0,4}(?:url=)?)(.*?)([\s"']{0,4})""", re.DOTALL)

HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
ADDRESS = re.compile(rf"((?:[A-Za-z][A-Za-z0-9+.-]{{1,9}}://)?{HOST}(?::[0-9]{{1,5}})?)(/[A-Za-z0-9._~/:%-]{{0,200}})?")
USER = re.compile(r"(?<=://)[^/?#\s]*@")
MORE = re.compile(r"([?#]).*", re.DOTALL)
WORD = re.compile(r"[A-Za-z0-9._:/#-]{0,200}@?")
PATH = re.compile(r"(?:/[A-Za-z0-9._-]{1,64}){1,12}|[A-Za-z0-9_-]{1,64}\.(?:ya?ml|json|crt|pem|conf)")
ALGORITHMS = re.compile(r"\[?[A-Za-z0-9]{1,10}(?:\s?,\s?[A-Za-z0-9]{0,10}){0,20}\]?")
TRUTH = re.compile(r"true|false", re.IGNORECASE)
DURATION = re.compile(r"[-+]?(?:[0-9]{0,9}(?:\.[0-9]{0,9})?(?:ns|us|µs|μs|ms|h|m|s)?){1,4}")
# Feature gates that the doctor knows.
GATES = (
    "StructuredAuthenticationConfiguration",
    "AnonymousAuthConfigurableEndpoints",
    "StructuredAuthorizationConfiguration",
)
VERSION = re.compile(r"(?:[a-z0-9.-]{1,60}/)?v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?")
LETTERS = re.compile(r"[A-Za-z]{0,40}")
JWT = re.compile(r"eyJ[\w-]*\.")  # the first part of a token, of any that is signed


def presence(value: str) -> str:
    """Tell only that there is something, and whether it stands in the place of a token."""
    if value.strip().startswith("<"):
        return f"<{WITHHELD}>"
    return WITHHELD if value.strip() else value


def _core(value: str) -> re.Match[str] | None:
    """Before it, itself and after it; None for what is too long, or a token."""
    return None if len(value) > LONGEST or JWT.search(value) else AROUND.fullmatch(value)


def _of(shape: re.Pattern[str]) -> Form:
    def form(value: str) -> str:
        core = _core(value)
        return value if core is not None and (not value or shape.fullmatch(core[2])) else WITHHELD

    return form


path, algorithms, truth, duration = _of(PATH), _of(ALGORITHMS), _of(TRUTH), _of(DURATION)
version, letters, _word = _of(VERSION), _of(LETTERS), _of(WORD)


def address(value: str) -> str:
    """Scheme, host, port and path; of a user, a query and a fragment that there is one."""
    around = _core(value)
    if around is None:
        return WITHHELD
    before, core, after = around.groups()
    core, users = USER.subn("", core, count=1)
    if "@" in core:
        return WITHHELD  # there is more of a user than a URL may have, and nobody knows where it ends
    more = MORE.search(core)
    kept = ADDRESS.fullmatch(core[: more.start()] if more else core)
    is_one = kept is not None and ("://" in kept[1] or "." in kept[1] or ":" in kept[1])
    if kept is None or not is_one:
        return WITHHELD if core else value
    whole = kept[0].replace("://", f"://{WITHHELD}@", 1) if users else kept[0]
    return f"{before}{whole}{more[1] + WITHHELD if more else ''}{after}"


def name(value: str) -> str:
    """Return an audience, a claim or a prefix, which may be an address."""
    return address(value) if "://" in value else _word(value)


def modes(value: str) -> str:
    return ",".join(letters(one) for one in value.split(","))


def gates(value: str) -> str:
    """Keep the feature gates that are about signing in."""
    pairs = (one.strip().partition("=") for one in value.split(","))
    return ",".join(f"{name}={truth(said)}" for name, _, said in pairs if name in GATES) or WITHHELD


def names(value: str) -> str:
    return ",".join(name(one) for one in value.split(","))


class Redactions:
    """A record of what stays on this machine and what is sent in its place, to put it back in the answer.

    `texts` are known to the server, such as those in one's own token: what is a part of one may be sent.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._known = list(texts)
        self._texts: dict[str, str] = {}
        self._words: dict[tuple[str, str, str, str], str] = {}
        self._keys: dict[str, str] = {}

    def word(self, text: str, *, before: str = "", joined: str = "-", after: str = "") -> str:
        """Return the word for a text, with what the doctor must know of it around, and what may be in such a word."""
        if not text:
            return ""
        new = f"{before}withheld{joined}{len(self._words) + 1}{after}"
        word = self._words.setdefault((before, text, joined, after), new)
        self._texts[word] = text
        return word

    def key(self, text: str, *, after: str) -> str:
        """Return the word for a key, by which a text that is the same is known."""
        return self._keys.setdefault(text, self.word(text, after=after))

    def known(self, text: str) -> str:
        """Return a text that the server knows, or a word for it."""
        if any(text in one for one in self._known):
            return text
        return self._keys.get(text) or self.word(text)

    def also_known(self, prefixes: Iterable[str]) -> None:
        """Return the prefixes that are sent as they are: they stand by themselves, and before what is known."""
        sent = [prefix for prefix in prefixes if prefix and prefix != WITHHELD]
        self._known += [*sent, *(f"{prefix}{text}" for prefix in sent for text in self._known)]

    def put_back(self, answer: str) -> str:
        if not self._texts:
            return answer
        words = "|".join(re.escape(word) for word in sorted(self._texts, key=len, reverse=True))
        return re.sub(words, lambda found: self._texts[found[0]][:LONGEST], answer)

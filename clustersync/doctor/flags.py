"""The flags of kube-apiserver, wherever they were written: a command line, a manifest, or a distribution's own file.

kubeadm's `extraArgs` (a map until v1beta3, a list of name and value since), RKE1's `extra_args`, the
`kube-apiserver-arg` of K3s and RKE2, Talos' and k0s' maps: in each of them a flag is either a text "name=value", a
key with a value, or an object with a name and a value. So it is found in all of them the same way.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from clustersync.doctor import pods
from clustersync.doctor.documents import Item
from clustersync.doctor.parsed import FLAG, NAME, VALUE, Entry, Flag, Parsed, Setting, clean, said_of
from common.wording import Wording

OIDC = frozenset(
    f"oidc-{rest}"
    for rest in (
        "issuer-url",
        "client-id",
        "ca-file",
        "username-claim",
        "username-prefix",
        "groups-claim",
        "groups-prefix",
        "signing-algs",
        "required-claim",
    )
)
OTHER = frozenset(
    {
        "authentication-config",
        "authentication-token-webhook-config-file",
        "authentication-token-webhook-version",
        "authentication-token-webhook-cache-ttl",
        "api-audiences",
        "service-account-issuer",
        "anonymous-auth",
        "authorization-mode",
        "authorization-config",
        "authorization-policy-file",
        "authorization-webhook-config-file",
        "authorization-webhook-version",
        "authorization-webhook-cache-authorized-ttl",
        "authorization-webhook-cache-unauthorized-ttl",
        "egress-selector-config-file",
        "feature-gates",
    }
)
KNOWN = OIDC | OTHER
# Of the same families, and of no interest here.
UNREAD = frozenset(
    {
        "service-account-api-audiences",
        "service-account-extend-token-expiration",
        "service-account-jwks-uri",
        "service-account-key-file",
        "service-account-lookup",
        "service-account-max-token-expiration",
        "service-account-signing-endpoint",
        "service-account-signing-key-file",
    }
)
# To which nothing is given in a word of its own: what follows is no value.
TRUTHS = frozenset({"anonymous-auth", "service-account-lookup", "service-account-extend-token-expiration"})
TRUE_OR_FALSE = re.compile(r"true|false|yes|no|[01tf]", re.IGNORECASE)

# Any of its own kind that is written wrong is wanted too: the API server does not start with a flag it doesn't know.
NAMED = re.compile(r"oidc-[\w-]+|authentication-(?:token|config)[\w-]*|" + "|".join(sorted(OTHER)))
# With dashes before it no key of something else is meant. An underscore is a hyphen to kube-apiserver.
FAMILY = (
    r"(?:oidc|authentication[-_](?:token|config)|authori[sz]ation|anonymous|api[-_]audience|service[-_]account"
    r"|egress[-_]selector|feature[-_]gate)[\w-]*"
)
DASHED = re.compile(FAMILY, re.IGNORECASE)
WORD = re.compile(r"(?P<dashes>--)?(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>.*))?\Z", re.DOTALL)
# One dash, one that a word processor has made of two, or a blank before the value in what is one word.
MISWRITTEN = re.compile(rf"(?:-|[\u2010-\u2015\u2212]+-*)({FAMILY})(?:[ =]|\Z)|--({FAMILY})\s", re.IGNORECASE)
# What kube-apiserver takes at all: a long flag, or one of the short ones of its log.
ARGUMENT = re.compile(r"--[A-Za-z][\w.-]*(?:=|\Z)|-v[=\d]|-h\Z")
# K3s and RKE2 take them on their own command line so.
WRAPPED = re.compile(r"--kube-apiserver-arg[= ]+")


class _Found:
    """The result so far: flags, those that kube-apiserver doesn't know, and what is no flag at all."""

    def __init__(self) -> None:
        self.flags: list[Flag] = []
        self.unknown: list[Setting] = []
        self.quoted: list[Setting] = []
        self.strays: list[Setting] = []

    def add(self, flag: Flag) -> None:
        """Add a flag. The value of an unknown one may be a secret (--oidc-client-secret): it is dropped here."""
        if flag.name in KNOWN:
            self.flags.append(flag)
        elif flag.name not in UNREAD:
            self.unknown.append(Setting("…", flag.setting.line, flag.setting.template))

    def add_stray(self, line: int) -> None:
        self.strays.append(Setting("…", line))

    def parsed(self) -> Parsed:
        count = len(self.flags) + len(self.unknown) + len(self.strays)
        return Parsed(
            recognised=(Wording("flags of kube-apiserver ({count})", count=count),) if count else (),
            flags=tuple(self.flags),
            unknown_flags=tuple(self.unknown),
            quoted=tuple(self.quoted),
            strays=tuple(self.strays),
        )


def in_text(text: str, *, first_line: int = 1) -> Parsed:
    """Read the flags of a command line, in one line or many, with a shell's quotes."""
    found = _Found()
    for number, line in enumerate(text.split("\n"), first_line):
        bare = WRAPPED.sub("", line.split(" #")[0]).rstrip("\\ ")
        if not bare.lstrip().startswith("#"):
            _read_words(_shell_words(bare), number, found)
    return found.parsed()


def in_document(root: Item) -> Parsed:
    found = _Found()
    for flag in _everywhere(root, found):
        found.add(flag)
        # No shell takes them away here.
        if flag.setting.value[:1] in ('"', "'") and flag.name in KNOWN:
            found.quoted.append(flag.setting)
    return found.parsed()


def entry_of(flags: Sequence[Flag]) -> Entry | None:
    """Return the one issuer that flags can name."""
    by_name = {flag.name: said_of(flags, flag.name) for flag in flags if flag.name in OIDC}
    if not by_name:
        return None
    first = next(flag for flag in flags if flag.name in OIDC)
    client = by_name.get("oidc-client-id")
    return Entry(
        kind="flags",
        line=first.setting.line,
        issuer=by_name.get("oidc-issuer-url"),
        audiences=(client,) if client and client.value else (),
        authority=by_name.get("oidc-ca-file"),
        username_claim=by_name.get("oidc-username-claim"),
        username_prefix=by_name.get("oidc-username-prefix"),
        groups_claim=by_name.get("oidc-groups-claim"),
        groups_prefix=by_name.get("oidc-groups-prefix"),
        algorithms=by_name.get("oidc-signing-algs"),
        required=tuple(flag.setting for flag in flags if flag.name == "oidc-required-claim"),
        style=first.style,
    )


def _flag_in(word: str) -> re.Match[str] | None:
    """Return a word that is a flag of the families read here: without dashes where no other key can be meant."""
    match = WORD.match(word)
    if match is None:
        return None
    return match if (DASHED if match["dashes"] else NAMED).fullmatch(match["name"]) else None


def _name(match: re.Match[str]) -> str:
    return match["name"].replace("_", "-")


def _shell_words(line: str) -> list[str]:
    """Return a line's words as a shell would hand them over; where no shell understands it, by its blanks."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.replace('"', "").replace("'", "").split()
    return [part for word in words for part in _assigned(word)]


def _read_words(words: list[str], line: int, found: _Found) -> None:
    waiting = list(reversed(words))
    while waiting:
        match = _flag_in(word := waiting.pop())
        if match is None:
            if MISWRITTEN.match(word):
                found.add_stray(line)
            continue
        name, value = _name(match), match["value"]
        if value is None and name in TRUTHS:
            value = "true"
            if waiting and TRUE_OR_FALSE.fullmatch(waiting[-1]):
                found.add_stray(line)
                waiting.pop()
        elif value is None and match["dashes"] and waiting and not waiting[-1].startswith("--"):
            value = waiting.pop()
        if value is not None:
            style = f"{match['dashes'] or ''}{NAME}={VALUE}"
            found.add(Flag(name, Setting(clean(value), line, style.replace(NAME, name)), style))


def _assigned(word: str) -> list[str]:
    """KUBE_API_ARGS="--a=1 --b=2" is one word to a shell, with the flags in it."""
    if " --" in word or re.match(r"[A-Z_]+=--", word):
        return re.sub(r"\A[A-Z_]+=", "", word).split()
    return [word]


def _everywhere(item: Item, found: _Found) -> Iterator[Flag]:
    if running := [one for one in item.items_of("containers") if pods.runs_it(one)]:
        for container in running:
            yield from _in_container(container, found)
        return  # those of other programs in the pod are not its own
    yield from _in_list(item.items, found)
    yield from _in_mapping(item, found)
    for child in (*item.items, *item.keys.values()):
        if isinstance(child.value, str):
            continue
        yield from _everywhere(child, found)


def _in_container(container: Item, found: _Found) -> Iterator[Flag]:
    words = pods.words(container)
    if words and words[0].text().rpartition("/")[2] == pods.PROGRAM:
        yield from _in_list(words[1:], found, is_whole=True)
        return
    yield from _in_list(words, found)
    for word in words:
        if "\n" not in word.text() and f"{pods.PROGRAM} " in word.text():  # sh -c "exec kube-apiserver --…"
            _read_words(_shell_words(word.text()), word.line, found)


def _in_list(items: Sequence[Item], found: _Found, *, is_whole: bool = False) -> Iterator[Flag]:
    """ "--name=value", or "--name" and the value as the next. Where it is all arguments, there is nothing else."""
    after = ""  # the flag whose value comes next
    for item in items:
        text = item.text()
        match = _flag_in(text)
        if after and not text.startswith("--"):
            if DASHED.fullmatch(after):
                yield Flag(after, Setting(clean(text), item.line, f"- {VALUE}"), f"- {FLAG}")
        elif MISWRITTEN.match(text) or (is_whole and text and not ARGUMENT.match(text)):
            found.add_stray(item.line)
        elif match and (match["value"] is not None or _name(match) in TRUTHS):
            style = f"- {match['dashes'] or ''}{NAME}={VALUE}"
            value = "true" if match["value"] is None else match["value"]
            yield Flag(_name(match), Setting(clean(value), item.line, style.replace(NAME, _name(match))), style)
        awaits = WORD.match(text) if text.startswith("--") else None
        after = _name(awaits) if awaits and awaits["value"] is None and _name(awaits) not in TRUTHS else ""


def _in_mapping(item: Item, found: _Found) -> Iterator[Flag]:
    name, value = item.text("name"), item.at("value")
    if value is not None and isinstance(value.value, str) and NAMED.fullmatch(name):
        setting = Setting(clean(value.value), value.line, f'value: "{VALUE}"', f"of {name}")
        yield Flag(name, setting, f'- {{name: {NAME}, value: "{VALUE}"}}')
    for key, child in item.keys.items():
        bare = key.removeprefix("--")
        if isinstance(child.value, str) and NAMED.fullmatch(bare):
            style = f'{NAME}: "{VALUE}"'
            yield Flag(bare, Setting(clean(child.value), child.line, style.replace(NAME, bare)), style)
        elif key == "kube-apiserver-arg" and isinstance(child.value, str):
            yield from _in_list([child], found)
        elif bare in KNOWN:
            for each in child.items:  # kubeadm and Talos take a list where a flag may be given more than once
                yield Flag(
                    bare, Setting(clean(each.text()), each.line, f'- "{VALUE}"', f"of {bare}"), f'{NAME}: "{VALUE}"'
                )

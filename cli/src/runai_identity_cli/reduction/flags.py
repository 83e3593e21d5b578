"""The flags of kube-apiserver that the doctor reads, wherever they were written; see the server's own reading of them.

A flag is a text "name=value", a text "--name" with the value as the next, a key with a value, or an object with a name
and a value. Of a flag that kube-apiserver doesn't know only that it is there is sent: its value may be a secret.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from functools import partial

from runai_identity_cli.reduction import pods, values
from runai_identity_cli.reduction.documents import Item
from runai_identity_cli.reduction.values import WITHHELD, Form, Redactions

Inner = Callable[[Item], "Item | None"]


def _requirement(value: str, withheld: Redactions) -> str:
    """Return a claim, and what it has to be."""
    claim, sign, wanted = value.partition("=")
    return f"{values.name(claim)}{sign}{withheld.known(wanted) if wanted else ''}"


FORMS: dict[str, Callable[..., str]] = {
    "oidc-issuer-url": values.address,
    "oidc-client-id": values.name,
    "oidc-ca-file": values.path,
    "oidc-username-claim": values.name,
    "oidc-username-prefix": values.name,
    "oidc-groups-claim": values.name,
    "oidc-groups-prefix": values.name,
    "oidc-signing-algs": values.algorithms,
    "oidc-required-claim": _requirement,
    "authentication-config": values.path,
    "authentication-token-webhook-config-file": values.path,
    "authentication-token-webhook-version": values.version,
    "authentication-token-webhook-cache-ttl": values.duration,
    "api-audiences": values.names,
    "service-account-issuer": values.address,
    "anonymous-auth": values.truth,
    "authorization-mode": values.modes,
    "authorization-config": values.path,
    "authorization-policy-file": values.path,
    "authorization-webhook-config-file": values.path,
    "authorization-webhook-version": values.version,
    "authorization-webhook-cache-authorized-ttl": values.duration,
    "authorization-webhook-cache-unauthorized-ttl": values.duration,
    "egress-selector-config-file": values.path,
    "feature-gates": values.gates,
}
OTHERS = tuple(name for name in FORMS if not name.startswith(("oidc-", "authentication-")))
UNREAD = frozenset(
    (
        "service-account-api-audiences",
        "service-account-extend-token-expiration",
        "service-account-jwks-uri",
        "service-account-key-file",
        "service-account-lookup",
        "service-account-max-token-expiration",
        "service-account-signing-endpoint",
        "service-account-signing-key-file",
    )
)
TRUTHS = frozenset(("anonymous-auth", "service-account-lookup", "service-account-extend-token-expiration"))
TRUE_OR_FALSE = re.compile(r"true|false|yes|no|[01tf]", re.IGNORECASE)

NAMED = re.compile(rf"oidc-[\w-]+|authentication-(?:token|config)[\w-]*|{'|'.join(OTHERS)}")
# With dashes before it no key of something else is meant. An underscore is a hyphen to kube-apiserver.
FAMILY = (
    r"(?:oidc|authentication[-_](?:token|config)|authori[sz]ation|anonymous|api[-_]audience|service[-_]account"
    r"|egress[-_]selector|feature[-_]gate)[\w-]*"
)
DASHED = re.compile(FAMILY, re.IGNORECASE)
WORD = re.compile(r"(?P<dashes>--)?(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>.*))?", re.DOTALL)
MISWRITTEN = re.compile(rf"(?:-|[\u2010-\u2015\u2212]+-*)({FAMILY})(?:[ =]|\Z)|--({FAMILY})\s", re.IGNORECASE)
ARGUMENT = re.compile(r"--[A-Za-z][\w.-]*(?:=|\Z)|-v[=\d]|-h\Z")
# In place of what is no flag.
STRAY = "-oidc-"
# K3s and RKE2 take them on their own command line so.
WRAPPED = re.compile(r"--kube-apiserver-arg[= ]+")
ASSIGNED = re.compile(r"[A-Z_]+=(?=--)")
K3S = "kube-apiserver-arg"


def in_text(text: str, withheld: Redactions) -> str:
    """Reduce a command line, in one line or many, with a shell's quotes: the same lines, with nothing but the flags."""
    return "\n".join(" ".join(_of_words(_words(line), withheld)) for line in text.split("\n")).rstrip()


def in_document(item: Item, withheld: Redactions, inner: Inner) -> Item | None:
    """Return the flags at their lines, and what they stand in without its names; None where there are none.

    `inner` says what is kept of a part in which no flag stands itself.
    """
    kept = _in_list(item, withheld, inner) if item.items else _in_mapping(item, withheld, inner)
    return kept if kept.value else None


def _words(line: str) -> list[str]:
    """Split into words as a shell would; where no shell understands the line, by its blanks."""
    bare = WRAPPED.sub("", line.split(" #")[0]).rstrip("\\ ")
    if bare.lstrip().startswith("#"):
        return []
    try:
        words = shlex.split(bare)
    except ValueError:
        words = bare.replace('"', "").replace("'", "").split()
    return [part for word in words for part in _unpacked(word)]


def _unpacked(word: str) -> list[str]:
    """KUBE_API_ARGS="--a=1 --b=2" is one word to a shell, with the flags in it."""
    if not word.startswith("--") and (" --" in word or ASSIGNED.match(word)):
        return ASSIGNED.sub("", word, count=1).split()
    return [word]


def _flag_in(word: str) -> re.Match[str] | None:
    """Return a word that is a flag of the families read here: without dashes where no other key can be meant."""
    match = WORD.fullmatch(word)
    if match is None or not (DASHED if match["dashes"] else NAMED).fullmatch(match["name"]):
        return None
    return None if _name(match) in UNREAD else match


def _name(match: re.Match[str]) -> str:
    return match["name"].replace("_", "-")


def _of_words(words: list[str], withheld: Redactions) -> Iterator[str]:
    waiting = list(reversed(words))
    while waiting:
        match = _flag_in(word := waiting.pop())
        if match is None:
            if MISWRITTEN.match(word):
                yield STRAY
            continue
        known, value = _name(match), match["value"]
        if value is None and known in TRUTHS and waiting and TRUE_OR_FALSE.fullmatch(waiting[-1]):
            waiting.pop()
            yield f"--{known} true"
        elif value is None and known in TRUTHS:
            yield f"--{known}"
        elif value is None and match["dashes"] and waiting and not waiting[-1].startswith("--"):
            value = waiting.pop()
        if value is not None:
            name, form = _known(known, withheld)
            yield f"{match['dashes'] or ''}{name}={_quoted(form(value))}"


def _quoted(value: str) -> str:
    """For a shell; in any case with quotes, without which a colon at the end would make YAML of it."""
    return shlex.quote(value) if "'" in value else f"'{value}'"


def _in_list(item: Item, withheld: Redactions, inner: Inner, *, is_whole: bool = False) -> Item:
    """`is_whole`: the words of a container after its program, kube-apiserver, where nothing but flags may stand."""
    kept: list[Item] = []
    after = ""  # the flag whose value comes next
    for child in item.items:
        text, match = child.text, _flag_in(child.text)
        if after and not text.startswith("--"):
            value = None if isinstance(child.value, str) else inner(child)
            if DASHED.fullmatch(after) and after not in UNREAD:
                kept.append(value or Item(_known(after, withheld)[1](text), child.line))
        elif match and (match["value"] is not None or match["dashes"]):
            kept.append(Item(_rewritten(match, withheld), child.line))
        elif word := pods.word(text):
            kept.append(Item(word, child.line))
        elif MISWRITTEN.match(text) or (is_whole and text and not ARGUMENT.match(text)):
            kept.append(Item(STRAY, child.line))
        elif "\n" not in text and f"{pods.PROGRAM} " in text:  # sh -c "exec kube-apiserver --…"
            kept.append(Item(" ".join([pods.PROGRAM, *_of_words(_words(text), withheld)]), child.line))
        elif found := inner(child):
            kept.append(found)
        awaits = WORD.fullmatch(text) if text.startswith("--") else None
        after = _name(awaits) if awaits and awaits["value"] is None and _name(awaits) not in TRUTHS else ""
    return Item(kept, item.line)


def _in_mapping(item: Item, withheld: Redactions, inner: Inner) -> Item:
    kept: dict[str, Item] = {}
    named = item.at("value") if NAMED.fullmatch(item.text_at("name")) else None
    for key, child in item.keys.items():
        name, form = _known(key[2:] if key.startswith("--") else key, withheld, guess=False)
        if named and isinstance(named.value, str) and key in ("name", "value"):
            known, its_form = _known(item.text_at("name"), withheld)
            kept[key] = Item(known if key == "name" else its_form(child.text), child.line)
        elif name and isinstance(child.value, str):
            kept[f"{'--' if key.startswith('--') else ''}{name}"] = Item(form(child.text), child.line)
        elif key == K3S and (match := _flag_in(child.text)) and match["value"] is not None:
            kept[key] = Item(_rewritten(match, withheld), child.line)
        elif name in FORMS and child.items:
            kept[key] = Item([Item(form(each.text), each.line) for each in child.items], child.line)
        elif key == "name" and child.text == pods.PROGRAM:
            kept[key] = child
        elif key == "containers" and (running := [one for one in child.items if pods.runs_it(one)]):
            kept[key] = Item([_in_mapping(one, withheld, inner) for one in running], child.line)
        elif key in ("command", "args") and pods.begins_with_it(item):
            kept[key] = _in_list(child, withheld, inner, is_whole=True)
        elif found := pods.part(key, child, withheld) or inner(child):
            kept[key if key in pods.KEPT or key in pods.PARTS else f"{len(kept)}"] = found
    return Item(kept, item.line)


def _rewritten(match: re.Match[str], withheld: Redactions) -> str:
    name, form = _known(_name(match), withheld)
    return f"{match['dashes'] or ''}{name}" + ("" if match["value"] is None else f"={form(match['value'])}")


def _known(name: str, withheld: Redactions, *, guess: bool = True) -> tuple[str, Form]:
    """Return the name that is sent, and the form of its value. Without `guess` no name for what is no flag at all."""
    if name in FORMS:
        form = FORMS[name]
        return name, partial(form, withheld=withheld) if form is _requirement else form
    if not guess and not NAMED.fullmatch(name):
        return "", _nothing
    return withheld.word(name, before="oidc-"), _nothing


def _nothing(value: str) -> str:
    return WITHHELD

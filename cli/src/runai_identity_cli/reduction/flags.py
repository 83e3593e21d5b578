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
from runai_identity_cli.reduction.values import WITHHELD, Form, Withheld

Inner = Callable[[Item], "Item | None"]


def _requirement(value: str, withheld: Withheld) -> str:
    """A claim, and what it has to be."""
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
    "egress-selector-config-file": values.path,
}
OTHERS = (
    "api-audiences", "service-account-issuer", "anonymous-auth", "authorization-mode", "authorization-config",
    "egress-selector-config-file",
)  # fmt: skip

NAMED = rf"(?:oidc-[\w-]+|authentication-(?:token|config)[\w-]*|{'|'.join(OTHERS)})"
WHOLE = re.compile(rf"(?P<dashes>--)?(?P<name>{NAMED})(?:=(?P<value>.*))?", re.DOTALL)
# K3s and RKE2 take them on their own command line so.
WRAPPED = re.compile(r"--kube-apiserver-arg[= ]+")
ASSIGNED = re.compile(r"[A-Z_]+=(?=--)")
K3S = "kube-apiserver-arg"


def in_text(text: str, withheld: Withheld) -> str:
    """Of a command line, in one line or many, with a shell's quotes: the same lines, with nothing but the flags."""
    return "\n".join(" ".join(_of_words(_words(line), withheld)) for line in text.split("\n")).rstrip()


def in_document(item: Item, withheld: Withheld, inner: Inner) -> Item | None:
    """The flags at their lines, and what they stand in without its names; None where there are none.

    `inner` says what is kept of a part in which no flag stands itself.
    """
    kept = _in_list(item, withheld, inner) if item.items else _in_mapping(item, withheld, inner)
    return kept if kept.value else None


def _words(line: str) -> list[str]:
    """As a shell would hand them over; where no shell understands the line, by its blanks."""
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


def _of_words(words: list[str], withheld: Withheld) -> Iterator[str]:
    waiting = list(reversed(words))
    while waiting:
        match = WHOLE.fullmatch(waiting.pop())
        if match is None:
            continue
        value = match["value"]
        if value is None and match["dashes"] and waiting and not waiting[-1].startswith("--"):
            value = waiting.pop()
        if value is not None:
            name, form = _known(match["name"], withheld)
            yield f"{match['dashes'] or ''}{name}={_quoted(form(value.rstrip(',')))}"


def _quoted(value: str) -> str:
    """For a shell; in any case with quotes, without which a colon at the end would make YAML of it."""
    return shlex.quote(value) if "'" in value else f"'{value}'"


def _in_list(item: Item, withheld: Withheld, inner: Inner) -> Item:
    kept: list[Item] = []
    before: re.Match[str] | None = None  # --name, whose value is the next
    for child in item.items:
        match = WHOLE.fullmatch(child.text)
        if before is not None and not child.text.startswith("--"):
            form = _known(before["name"], withheld)[1]
            value = None if isinstance(child.value, str) else inner(child)
            kept.append(value or Item(form(child.text), child.line))
        elif match and (match["value"] is not None or match["dashes"]):
            kept.append(Item(_rewritten(match, withheld), child.line))
        elif word := pods.word(child.text):
            kept.append(Item(word, child.line))
        elif found := inner(child):
            kept.append(found)
        before = match if match and match["value"] is None and match["dashes"] else None
    return Item(kept, item.line)


def _in_mapping(item: Item, withheld: Withheld, inner: Inner) -> Item:
    kept: dict[str, Item] = {}
    named = item.at("value") if re.fullmatch(NAMED, item.text_at("name")) else None
    for key, child in item.keys.items():
        name, form = _known(key[2:] if key.startswith("--") else key, withheld, guess=False)
        if named and isinstance(named.value, str) and key in ("name", "value"):
            known, its_form = _known(item.text_at("name"), withheld)
            kept[key] = Item(known if key == "name" else its_form(child.text), child.line)
        elif name and isinstance(child.value, str):
            kept[f"{'--' if key.startswith('--') else ''}{name}"] = Item(form(child.text), child.line)
        elif key == K3S and (match := WHOLE.fullmatch(child.text)) and match["value"] is not None:
            kept[key] = Item(_rewritten(match, withheld), child.line)
        elif name in FORMS and child.items:
            kept[key] = Item([Item(form(each.text), each.line) for each in child.items], child.line)
        elif key == "name" and child.text == pods.PROGRAM:
            kept[key] = child
        elif found := pods.part(key, child, withheld) or inner(child):
            kept[key if key in pods.KEPT or key in pods.PARTS else f"{len(kept)}"] = found
    return Item(kept, item.line)


def _rewritten(match: re.Match[str], withheld: Withheld) -> str:
    name, form = _known(match["name"], withheld)
    return f"{match['dashes'] or ''}{name}" + ("" if match["value"] is None else f"={form(match['value'])}")


def _known(name: str, withheld: Withheld, *, guess: bool = True) -> tuple[str, Form]:
    """The name that is sent, and the form of its value. Without `guess` no name for what is no flag at all."""
    if name in FORMS:
        form = FORMS[name]
        return name, partial(form, withheld=withheld) if form is _requirement else form
    if not guess and not re.fullmatch(NAMED, name):
        return "", _nothing
    return withheld.word(name, before="oidc-"), _nothing


def _nothing(value: str) -> str:
    return WITHHELD

"""YAML and JSON, parsed safely and each value with its line; and written anew, each value on that line."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

# The one in C, where the package was built with it, is ten times faster.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 40
MOST_NODES = 20_000
MERGE = "<<"
QUOTED = re.compile(r"""["'].*["']""", re.DOTALL)  # in what PyYAML says: a piece of the text
GRAMMAR = re.compile(r"'(?:<[a-z ]+>|[\[\]{},:?-])'")
OTHER_QUOTES, USUAL_QUOTES = str.maketrans("'", "\x00"), str.maketrans("\x00", "'")
NULL, TRUTH, NUMBER = "null", "true", "0"
YAML = "tag:yaml.org,2002:"
TAGS = {f"{YAML}null": NULL, f"{YAML}bool": TRUTH, f"{YAML}int": NUMBER, f"{YAML}float": NUMBER}

# go-yaml's table of words and its numbers; the server has the same.
_TRUTHS = re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF")
_NOTHING = re.compile(r"|~|null|Null|NULL")
_INTEGER = re.compile(r"[-+]?(?:[0-9]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)")
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

Keys = dict  # of a mapping: Items by their keys


class Unreadable(Exception):
    """Not to be read. The text says why, in words of ours alone, and `line` where."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.line = line


class Item(NamedTuple):
    """`value` is a text for a scalar, else a list or a dict of Items. `line` counts from 1.

    `tag` is what YAML takes a scalar for, where that is no text; `twice` are keys that stand there again, by line.
    """

    value: Any
    line: int
    tag: str = ""
    twice: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def items(self) -> list[Item]:
        return self.value if isinstance(self.value, list) else []

    @property
    def keys(self) -> Keys[str, Item]:
        return self.value if isinstance(self.value, dict) else {}

    def at(self, key: str) -> Item | None:
        return self.keys.get(key)

    def text_at(self, key: str) -> str:
        found = self.keys.get(key)
        return found.text if found else ""

    def within(self) -> Iterator[Item]:
        for child in (*self.items, *self.keys.values()):
            yield child
            yield from child.within()


def parse(text: str) -> Item:
    """One document; Unreadable when it is none, or one that was made to hurt."""
    try:
        return _Composer(yaml.parse(text, Loader=LOADER)).document()
    except yaml.MarkedYAMLError as error:
        problem = _in_words(str(error.problem or "it ends too early"))
        raise Unreadable(problem, _line(error.problem_mark or error.context_mark)) from None
    except (yaml.YAMLError, ValueError):
        raise Unreadable("it has characters that YAML does not allow", 1) from None


def written(item: Item) -> str:
    """Return the item as JSON with each value on its line, and further values on no earlier one."""
    return "".join(_Writer().pieces(item))


class _Writer:
    def __init__(self) -> None:
        self.line = 1

    def pieces(self, item: Item) -> Iterator[str]:
        yield self._to(item.line)
        if isinstance(item.value, str):
            yield _scalar(item)
        elif isinstance(item.value, list):
            yield "["
            for number, child in enumerate(item.value):
                yield self._next(number, child.line)
                yield from self.pieces(child)
            yield "]"
        else:
            yield "{"
            keys = sorted([*_again(item), *item.value.items()], key=_by_line) if item.twice else item.value.items()
            for number, (key, child) in enumerate(keys):
                yield f"{self._next(number, child.line)}{json.dumps(key)}: "
                yield from self.pieces(child)
            yield "}"

    def _next(self, number: int, line: int) -> str:
        return f",{self._to(line) or ' '}" if number else self._to(line)

    def _to(self, line: int) -> str:
        """Line ends, and a blank, without which a line could look like the beginning of something."""
        missing, self.line = line - self.line, max(line, self.line)
        return "\n" * missing + " " if missing > 0 else ""


def _scalar(item: Item) -> str:
    """Mark that it is no text; the number itself says nothing to the doctor."""
    if item.tag == TRUTH and item.value.lower() in ("true", "false"):
        return str(item.value.lower())
    if item.tag:
        return item.tag
    return json.dumps(item.value).replace("\\u2026", "…")


def _again(item: Item) -> Iterator[tuple[str, Item]]:
    """Before what counts, which is the last of a name."""
    return ((key, Item("", line, NULL)) for key, line in item.twice)


def _by_line(key: tuple[str, Item]) -> int:
    return key[1].line


class _Composer:
    """Items of the events of a parser, as go-yaml makes them, and the server's doctor does.

    An alias is what its anchor holds, at the line of the alias. All that comes of aliases is counted before it is made.
    """

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, Item] = {}
        self.count = 0

    def document(self) -> Item:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version and event.version != (1, 1):
                    raise Unreadable("it asks for another YAML than 1.1", _line(event.start_mark))
                return self._item(next(self.events), 0)
        return Item("", 1)

    def _item(self, event: Any, depth: int) -> Item:
        line = _line(event.start_mark)
        self._count(line, depth)
        if isinstance(event, yaml.AliasEvent):
            known = self.anchors.get(event.anchor or "")
            if known is None:
                raise Unreadable("it has an alias of something that does not stand before it", line)
            return self._at(known, line, depth)
        if isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(line, depth + 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = Item(list(self._items(yaml.SequenceEndEvent, depth + 1)), line)
        else:
            found = _of_scalar(event, line)
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def _items(self, end: type, depth: int) -> Iterator[Item]:
        while not isinstance(event := next(self.events), end):
            yield self._item(event, depth)

    def _mapping(self, line: int, depth: int) -> Item:
        keys: Keys[str, Item] = {}
        twice: list[tuple[str, int]] = []
        found = self._items(yaml.MappingEndEvent, depth)
        for key, value in zip(found, found):
            if not isinstance(key.value, str):
                continue
            merged = _merged(value) if key.value == MERGE and not key.tag else [(key.value, value)]
            for name, child in merged:
                if keys.pop(name, None):  # the last of a name counts, and stands where it is written
                    twice.append((name, child.line))
                keys[name] = child
        return Item(keys, line, "", tuple(twice))

    def _at(self, item: Item, line: int, depth: int) -> Item:
        """Return a copy whose every value stands at this line."""
        self._count(line, depth)
        value = item.value
        if isinstance(value, list):
            value = [self._at(child, line, depth + 1) for child in value]
        elif isinstance(value, dict):
            value = {key: self._at(child, line, depth + 1) for key, child in value.items()}
        return Item(value, line, item.tag, tuple((key, line) for key, _ in item.twice))

    def _count(self, line: int, depth: int) -> None:
        self.count += 1
        if self.count > MOST_NODES or depth > DEEPEST:
            raise Unreadable("it is nested deeper, or longer, than any configuration", line)


def _of_scalar(event: Any, line: int) -> Item:
    tag = plain_tag(event.value) if event.tag is None and event.implicit[0] else TAGS.get(event.tag, "")
    if event.tag == f"{YAML}binary":
        return Item(_decoded(event.value, line), line)
    return Item("" if tag == NULL else str(event.value), line, tag)


def plain_tag(plain: str) -> str:
    """Return what go-yaml takes a scalar without quotes and tag for, as the server's doctor does; "" for a text."""
    if _NOTHING.fullmatch(plain):
        return NULL
    if _TRUTHS.fullmatch(plain):
        return TRUTH
    digits = plain.replace("_", "") if plain[:1] in tuple("+-0123456789") else plain
    return NUMBER if _INTEGER.fullmatch(digits) or _DECIMAL.fullmatch(digits) else ""


def _decoded(value: str, line: int) -> str:
    try:
        return b64decode("".join(value.split()), validate=True).decode()
    except ValueError:
        raise Unreadable("it has a !!binary that can't be read as text", line) from None


def _merged(value: Item) -> Iterator[tuple[str, Item]]:
    """Return what << takes over, of one mapping or of a list of them."""
    for each in (value, *value.items):
        yield from each.keys.items()


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _in_words(problem: str) -> str:
    """Return what PyYAML says, without pieces of the text: of what stands in quotes, marks of YAML's own are kept."""
    kept = GRAMMAR.sub(lambda found: found[0].translate(OTHER_QUOTES), problem)
    return QUOTED.sub("…", kept).translate(USUAL_QUOTES)

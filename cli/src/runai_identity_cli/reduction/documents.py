"""YAML and JSON, parsed safely and each value with its line; and written anew, each value on that line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

# The one in C, where the package was built with it, is ten times faster.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 40
MOST_NODES = 20_000
QUOTED = re.compile(r"""["'].*["']""", re.DOTALL)  # in what PyYAML says: a piece of the text
NULL, TRUTH, NUMBER = "null", "true", "0"
YAML = "tag:yaml.org,2002:"
TAGS = {f"{YAML}null": NULL, f"{YAML}bool": TRUTH, f"{YAML}int": NUMBER, f"{YAML}float": NUMBER}

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
        _measure(text)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        problem = QUOTED.sub("…", str(error.problem or "it ends too early"))
        raise Unreadable(problem, _line(error.problem_mark or error.context_mark)) from None
    except (yaml.YAMLError, ValueError):
        raise Unreadable("it has characters that YAML does not allow", 1) from None
    return Item("", 1) if node is None else _item(node)


def written(item: Item) -> str:
    """The item in the form of JSON, of which each value stands on its line, and further values on no earlier one."""
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
    """Of what is no text that it is none; the number itself says nothing to the doctor."""
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


def _measure(text: str) -> None:
    """Refuse aliases, by which a page becomes a terabyte, and what is nested too deep, before anything is built."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=LOADER)):
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable("it has a YAML alias (*name), which no configuration here needs", _line(event.start_mark))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST or count > MOST_NODES:
            raise Unreadable("it is nested deeper, or longer, than any configuration", _line(event.start_mark))


def _item(node: yaml.Node) -> Item:
    line = _line(node.start_mark)
    if isinstance(node, yaml.MappingNode):
        keys: Keys[str, Item] = {}
        twice: list[tuple[str, int]] = []
        for key, value in node.value:
            if isinstance(key.value, str):
                child = _item(value)
                if keys.pop(key.value, None):  # the last of a name counts, and stands where it is written
                    twice.append((key.value, child.line))
                keys[key.value] = child
        return Item(keys, line, "", tuple(twice))
    if isinstance(node, yaml.SequenceNode):
        return Item([_item(child) for child in node.value], line)
    tag = TAGS.get(node.tag, "")
    return Item("" if tag == NULL else str(node.value), line, tag)


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1

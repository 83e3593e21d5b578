"""YAML and JSON as pasted: parsed safely, each value with its line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

# The one in C, where the package was built with it, is ten times faster.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 40
MOST_NODES = 20_000

Type = Literal["text", "number", "truth", "nothing", "list", "mapping"]
TAG = "tag:yaml.org,2002:"
TYPES: dict[str, Type] = {
    f"{TAG}null": "nothing",
    f"{TAG}bool": "truth",
    f"{TAG}int": "number",
    f"{TAG}float": "number",
}


class Unreadable(Exception):
    """Not to be read; the text says why, and `line` where."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True)
class Item:
    """`value` is a text for a scalar ("true", "30"), else a list or a dict of Items. `line` counts from 1.

    `type` is what YAML takes it for; `twice` holds keys of a mapping that stand in it again, each at that line.
    """

    value: "str | list[Item] | dict[str, Item]"
    line: int
    type: Type = "text"
    twice: "Sequence[Item]" = ()

    def at(self, *path: str | int) -> "Item | None":
        found: Item | None = self
        for step in path:
            if found is None:
                return None
            found = found._child(step)
        return found

    def text(self, *path: str | int) -> str:
        found = self.at(*path)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def items_of(self, *path: str | int) -> "list[Item]":
        found = self.at(*path)
        return found.items if found is not None else []

    @property
    def items(self) -> "list[Item]":
        return self.value if isinstance(self.value, list) else []

    @property
    def keys(self) -> "dict[str, Item]":
        return self.value if isinstance(self.value, dict) else {}

    def _child(self, step: str | int) -> "Item | None":
        if isinstance(step, str):
            return self.keys.get(step)
        return self.items[step] if step < len(self.items) else None


def parse(text: str, *, first_line: int = 1) -> Item:
    """One document; Unreadable when it is none, or one that was made to hurt."""
    try:
        _measure(text, first_line)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        line = _line_of(error.problem_mark) + first_line
        raise Unreadable(str(error.problem or "this is no YAML"), line) from None
    except yaml.YAMLError:
        raise Unreadable("it has characters that YAML does not allow", first_line) from None
    if node is None:
        return Item("", first_line, "nothing")
    return _item(node, first_line)


def walk(item: Item) -> Iterator[Item]:
    yield item
    for child in (*item.items, *item.keys.values()):
        yield from walk(child)


def _measure(text: str, first_line: int) -> None:
    """Refuse aliases, by which a page becomes a terabyte, and what is nested too deep, before anything is built."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=LOADER)):
        line = _line_of(event.start_mark) + first_line
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable("it has a YAML alias (*name), which no configuration here needs", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST or count > MOST_NODES:
            raise Unreadable("it is nested deeper, or longer, than any configuration", line)


def _item(node: yaml.Node, first_line: int) -> Item:
    line = _line_of(node.start_mark) + first_line
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, line, first_line)
    if isinstance(node, yaml.SequenceNode):
        return Item([_item(child, first_line) for child in node.value], line, "list")
    type = TYPES.get(node.tag, "text")
    return Item("" if type == "nothing" else str(node.value), line, type)


def _mapping(node: yaml.MappingNode, line: int, first_line: int) -> Item:
    keys: dict[str, Item] = {}
    twice: list[Item] = []
    for key, value in node.value:
        if isinstance(key.value, str):
            child = _item(value, first_line)
            if key.value in keys:
                twice.append(Item(key.value, child.line))
            keys[key.value] = child
    return Item(keys, line, "mapping", tuple(twice))


def _line_of(mark: Any) -> int:
    """Of a mark, which PyYAML may leave out; counted from 0."""
    return int(mark.line) if mark else 0

"""YAML and JSON as pasted: parsed safely and as Kubernetes does, each value with its line."""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from clustersync.yaml_for_go import plain_type
from common.wording import Wording

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
MERGE = "<<"


class UnreadableDocument(Exception):
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
    """Return the first document, which is all that Kubernetes reads.

    Raise UnreadableDocument if there is none, or if it was made to hurt.
    """
    try:
        return _Composer(yaml.parse(text, Loader=LOADER), first_line).document()
    except yaml.MarkedYAMLError as error:
        line = _line_of(error.problem_mark) + first_line
        raise UnreadableDocument(str(error.problem or Wording("this is no YAML")), line) from None
    except yaml.YAMLError:
        raise UnreadableDocument(Wording("it has characters that YAML does not allow"), first_line) from None


def walk(item: Item) -> Iterator[Item]:
    yield item
    for child in (*item.items, *item.keys.values()):
        yield from walk(child)


class _Composer:
    """Items of the events of a parser, as go-yaml makes them.

    An alias is what its anchor holds, at the line of the alias. All that comes of aliases is counted before it is
    made, since a page of them may stand for a terabyte.
    """

    def __init__(self, events: Iterator[Any], first_line: int) -> None:
        self.events, self.first_line = events, first_line
        self.anchors: dict[str, Item] = {}
        self.count = 0

    def document(self) -> Item:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version and event.version != (1, 1):
                    raise UnreadableDocument(Wording("it asks for another YAML than 1.1"), self._line(event))
                return self._item(next(self.events), 0)
        return Item("", self.first_line, "nothing")

    def _item(self, event: Any, depth: int) -> Item:
        line = self._line(event)
        self._count(1, line, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._again(event.anchor or "", line, depth)
        if isinstance(event, yaml.MappingStartEvent):
            found = self._mapping(line, depth + 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            found = Item(list(self._items(yaml.SequenceEndEvent, depth + 1)), line, "list")
        else:
            found = _scalar(event, line)
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def _items(self, end: type, depth: int) -> Iterator[Item]:
        while not isinstance(event := next(self.events), end):
            yield self._item(event, depth)

    def _mapping(self, line: int, depth: int) -> Item:
        keys: dict[str, Item] = {}
        twice: list[Item] = []
        found = self._items(yaml.MappingEndEvent, depth)
        for key, value in zip(found, found, strict=True):
            if not isinstance(key.value, str):
                continue
            for name, child in _merged(value) if key.value == MERGE and key.type == "text" else [(key.value, value)]:
                if name in keys:
                    twice.append(Item(name, value.line))
                keys[name] = child
        return Item(keys, line, "mapping", tuple(twice))

    def _again(self, anchor: str, line: int, depth: int) -> Item:
        known = self.anchors.get(anchor)
        if known is None:
            raise UnreadableDocument(Wording("it has an alias of something that does not stand before it"), line)
        return self._at(known, line, depth)

    def _at(self, item: Item, line: int, depth: int) -> Item:
        """Return a copy whose every value stands at this line."""
        self._count(1, line, depth)
        value = item.value
        if isinstance(value, list):
            value = [self._at(child, line, depth + 1) for child in value]
        elif isinstance(value, dict):
            value = {key: self._at(child, line, depth + 1) for key, child in value.items()}
        return replace(item, value=value, line=line, twice=tuple(replace(one, line=line) for one in item.twice))

    def _count(self, more: int, line: int, depth: int) -> None:
        self.count += more
        if self.count > MOST_NODES or depth > DEEPEST:
            raise UnreadableDocument(Wording("it is nested deeper, or longer, than any configuration"), line)

    def _line(self, event: Any) -> int:
        return _line_of(event.start_mark) + self.first_line


def _scalar(event: Any, line: int) -> Item:
    is_plain = event.tag is None and event.implicit[0]
    type: Type = plain_type(event.value) if is_plain else TYPES.get(event.tag, "text")
    if event.tag == f"{TAG}binary":
        return Item(_decoded(event.value, line), line)
    return Item("" if type == "nothing" else str(event.value), line, type)


def _decoded(value: str, line: int) -> str:
    try:
        return b64decode("".join(value.split()), validate=True).decode()
    except ValueError:
        raise UnreadableDocument(Wording("it has a !!binary that can't be read as text"), line) from None


def _merged(value: Item) -> Iterator[tuple[str, Item]]:
    """Return what << takes over, of one mapping or a list of them. A key that stands there too is there twice."""
    for each in (value, *value.items):
        yield from each.keys.items()


def _line_of(mark: Any) -> int:
    """Return the line of a mark, which PyYAML may leave out; counted from 0."""
    return int(mark.line) if mark else 0

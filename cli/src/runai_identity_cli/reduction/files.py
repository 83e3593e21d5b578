"""A file, taken apart as the doctor does it: flags, manifests, an AuthenticationConfiguration, kubeconfigs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from runai_identity_cli.reduction import authentication, flags, kubeconfigs
from runai_identity_cli.reduction.documents import Item, Unreadable, parse, written
from runai_identity_cli.reduction.values import Redactions

LONGEST = 1024 * 1024

SEPARATOR = re.compile(r"---(\s|\Z)")
HEADING = re.compile(r"(apiVersion|kind)\s*:")
TOP_LEVEL_KEY = re.compile(r"[A-Za-z][\w-]*\s*:(\s|\Z)")
# Tells a broken file of Kubernetes from a command line, which is no YAML and needn't be.
MEANT_AS_YAML = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE)


# Flags by which an API server is given a file of its own, wherever they stand in what is sent.
FOLLOWED = "authentication-config|authentication-token-webhook-config-file|authorization-config"
NAMED = re.compile(rf"""(?:{FOLLOWED})(?:=['"]?|": "|",\s*"value": ")(/[A-Za-z0-9._/-]+)""")


class Piece(NamedTuple):
    """The part of a document that is sent; its first line is this one of the file. `broken` says why nothing is."""

    line: int
    text: str
    broken: str = ""


def pieces(text: str, withheld: Redactions) -> list[Piece]:
    """Return what is sent of a file, and what can't be."""
    if len(text) > LONGEST:
        return [Piece(1, "", f"it is longer than {LONGEST // 1024} KiB")]
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = [_piece(part, line, withheld) for part, line in _parts(text)]
    return [piece for piece in found if piece.text or piece.broken]


def followed(sent: str) -> list[str]:
    """Return the files that flags in it name, each once."""
    return list(dict.fromkeys(NAMED.findall(sent)))


class _Part:
    """The lines of a document so far. What it is by now is noted with each, since there may be many."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.lines: list[str] = []
        self.has_content = self.is_mapping = self.has_directive = False
        self.headings: set[str] = set()

    def add(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("%") and not self.has_content:
            self.has_directive = True
        elif line.strip() and not line.startswith("#"):
            self.has_content = True
            self.is_mapping = self.is_mapping or TOP_LEVEL_KEY.match(line) is not None
            if heading := HEADING.match(line):
                self.headings.add(heading[1])

    def ends_before(self, line: str) -> bool:
        """Return where flags and a file, or two files, stand together without a --- between them."""
        if not self.has_content:
            return False
        if heading := HEADING.match(line):
            return not self.is_mapping or heading[1] in self.headings
        return line.startswith("--") and self.is_mapping


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """Each document with the number of its first line."""
    part = _Part(1)
    for number, line in enumerate(text.split("\n"), 1):
        is_separator = SEPARATOR.match(line) is not None
        if is_separator and part.has_directive and not part.has_content:
            part.has_directive = False  # %YAML and %TAG are about the document that begins here
            part.lines.append(line)
            continue
        if is_separator or part.ends_before(line):
            yield "\n".join(part.lines), part.first
            part = _Part(number + 1 if is_separator else number)
        if not is_separator:
            part.add(line)
    yield "\n".join(part.lines), part.first


def _piece(text: str, first: int, withheld: Redactions) -> Piece:
    try:
        root = parse(_without_tabs(text))
    except Unreadable as error:
        kept = flags.in_text(text, withheld)
        if text.strip() and (MEANT_AS_YAML.search(text) or not kept.strip()):
            return Piece(first + error.line - 1, "", str(error))
        return Piece(first, kept)
    if authentication.is_one(root) and _is_broken_json(text):
        return Piece(first, "", "it begins as JSON does, and is none")
    return Piece(first, _of_root(root, text, withheld))


def _of_root(root: Item, text: str, withheld: Redactions, *, is_block: bool = False) -> str:
    if isinstance(root.value, str):
        return flags.in_text(text, withheld)
    kept = _list(root, withheld) if root.text_at("kind") == "List" else _document(root, withheld, is_block=is_block)
    return written(kept) if kept else ""


def _list(root: Item, withheld: Redactions) -> Item | None:
    """Return what `kubectl get` prints of several."""
    listed = root.at("items")
    found = [_document(one, withheld) for one in listed.items] if listed else []
    kept = [one for one in found if one]
    if not listed or not kept:
        return None
    return Item({"kind": Item("List", root.line), "items": Item(kept, listed.line)}, root.line)


def _document(root: Item, withheld: Redactions, *, is_block: bool = False) -> Item | None:
    if authentication.is_one(root):
        return authentication.reduced(root, withheld)
    if root.text_at("kind").lower() == authentication.AUTHORIZATION.lower():
        return authentication.reduced_authorization(root, withheld)
    if kubeconfigs.is_one(root):
        return kubeconfigs.reduced(root, withheld)
    return _inner(root, withheld, is_block=is_block)


def _inner(item: Item, withheld: Redactions, *, is_block: bool) -> Item | None:
    """Return a part of something else: Talos has a configuration in its own, and others have a file in a text."""
    if isinstance(item.value, str):
        return None if is_block or "\n" not in item.value.strip() else _block(item, withheld)
    if item.text_at("kind") == authentication.KIND:
        return authentication.reduced(item, withheld)
    return flags.in_document(item, withheld, lambda inner: _inner(inner, withheld, is_block=is_block))


def _block(item: Item, withheld: Redactions) -> Item | None:
    """Return a file in a file. A comment at its end makes it one of several lines, by which the doctor knows it."""
    try:
        text = _of_root(parse(_without_tabs(item.text)), item.text, withheld, is_block=True)
    except Unreadable:
        text = flags.in_text(item.text, withheld)
    return Item(f"{text}\n#", item.line) if text.strip() else None


def _is_broken_json(text: str) -> bool:
    """Return True for text that begins like JSON and is invalid JSON: kube-apiserver does not read it as YAML."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def _without_tabs(text: str) -> str:
    """JSON may be indented by tabs, which YAML refuses."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return re.sub(r"^\t+", lambda match: "  " * len(match[0]), text, flags=re.MULTILINE)

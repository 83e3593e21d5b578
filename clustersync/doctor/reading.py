"""What was pasted, recognised: flags, manifests, an AuthenticationConfiguration, kubeconfigs, several in one paste."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

from clustersync.doctor import authentication, flags, kubeconfigs, pods
from clustersync.doctor.documents import Item, Unreadable, parse, walk
from clustersync.doctor.schema import invalid_json
from clustersync.doctor.told import Said, Told, Violation, clean, merge

LONGEST_PASTE = 128 * 1024

AUTHENTICATION = authentication.KIND
AUTHORIZATION = "AuthorizationConfiguration"
SEPARATOR = re.compile(r"---(\s|\Z)")
HEADING = re.compile(r"(apiVersion|kind)\s*:")
TOP_LEVEL_KEY = re.compile(r"[A-Za-z][\w-]*\s*:(\s|\Z)")
# Tells a broken file of Kubernetes from a command line, which is no YAML and needn't be.
MEANT_AS_YAML = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE)


def read(text: str) -> Told:
    """Everything in it that an API server or kubectl would read; Unreadable when it is too long."""
    if len(text) > LONGEST_PASTE:
        raise Unreadable(f"it is longer than {LONGEST_PASTE // 1024} KiB; paste the configuration alone")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    told = reduce(merge, (_read(part, line) for part, line in _parts(text)), Told())
    # Wherever they were written, they are those of one API server.
    entry = flags.entry_of(told.flags)
    return replace(told, entries=(entry, *told.entries)) if entry else told


@dataclass
class _Part:
    """The lines of a document so far. What it is by now is noted with each, since there may be many."""

    first: int
    lines: list[str] = field(default_factory=list)
    has_content: bool = False
    is_mapping: bool = False
    headings: set[str] = field(default_factory=set)

    def add(self, line: str) -> None:
        self.lines.append(line)
        if line.strip() and not line.startswith("#"):
            self.has_content = True
            self.is_mapping = self.is_mapping or TOP_LEVEL_KEY.match(line) is not None
            if heading := HEADING.match(line):
                self.headings.add(heading[1])

    def ends_before(self, line: str) -> bool:
        """Where flags and a file, or two files, were pasted together without a --- between them."""
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
        if is_separator or part.ends_before(line):
            yield "\n".join(part.lines), part.first
            part = _Part(number + 1 if is_separator else number)
        if not is_separator:
            part.add(line)
    yield "\n".join(part.lines), part.first


def _read(text: str, first_line: int, *, is_block: bool = False) -> Told:
    if not text.strip():
        return Told()
    try:
        root = parse(_without_tabs(text), first_line=first_line)
    except Unreadable as error:
        told = flags.in_text(text, first_line=first_line)
        is_broken = MEANT_AS_YAML.search(text) or not (told.recognised or is_block)
        return merge(told, Told(problems=(Said(str(error), error.line),))) if is_broken else told
    if isinstance(root.value, str):
        return flags.in_text(text, first_line=first_line)
    told = reduce(merge, (_document(document, is_block=is_block) for document in _documents(root)), Told())
    if told.api_version and not is_block and invalid_json(text):
        why = (
            "It begins as JSON does, and is read as JSON: no comma before a bracket, no comment, no key without quotes."
        )
        broken = Violation("json", Said("", root.line), "(mend the JSON, or write YAML)", why)
        return merge(told, Told(violations=(broken,)))
    return told


def _document(root: Item, *, is_block: bool) -> Told:
    if authentication.is_one(root):
        return authentication.read(root)
    if root.text("kind") == AUTHORIZATION:
        return _authorization(root)
    if root.text("kind") == "Config" or (root.at("clusters") and root.at("users")):
        return kubeconfigs.read(root)
    # Talos has it as a part of its own document, or as the text of a file in one.
    inner = (authentication.read(item) for item in walk(root) if item.text("kind") == AUTHENTICATION)
    told = reduce(merge, inner, merge(flags.in_document(root), Told(pods=tuple(pods.read(root)))))
    return told if is_block else merge(told, _in_blocks(root))


def _authorization(root: Item) -> Told:
    types = ((one, one.at("type")) for one in root.items_of("authorizers"))
    said = (Said(clean(one.text("type")), found.line, "- type: {value}") for one, found in types if found)
    return Told(recognised=("an AuthorizationConfiguration",), authorizers=tuple(said))


def _documents(root: Item) -> list[Item]:
    return root.items_of("items") if root.text("kind") == "List" else [root]


def _in_blocks(root: Item) -> Told:
    """A file in a file, as kubeadm keeps its own in a ConfigMap: lines count from where the block begins."""
    blocks = (item for item in walk(root) if isinstance(item.value, str) and "\n" in item.value.strip())
    return reduce(merge, (_read(item.text(), item.line + 1, is_block=True) for item in blocks), Told())


def _without_tabs(text: str) -> str:
    """JSON may be indented by tabs, which YAML refuses."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return re.sub(r"^\t+", lambda match: "  " * len(match[0]), text, flags=re.MULTILINE)

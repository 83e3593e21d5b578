"""Recognise what was pasted: flags, manifests, an AuthenticationConfiguration, kubeconfigs, several in one paste."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

from clustersync.doctor import authentication, authorization, flags, kubeconfigs, pods
from clustersync.doctor.documents import Item, UnreadableDocument, parse, walk
from clustersync.doctor.parsed import Parsed, Setting, Violation, merge
from clustersync.doctor.schema import invalid_json
from common.wording import Wording

LONGEST_PASTE = 128 * 1024

AUTHENTICATION = authentication.KIND
LIST = "List"
SEPARATOR = re.compile(r"---(\s|\Z)")
HEADING = re.compile(r"(apiVersion|kind)\s*:")
TOP_LEVEL_KEY = re.compile(r"[A-Za-z][\w-]*\s*:(\s|\Z)")
# Tells a broken file of Kubernetes from a command line, which is no YAML and needn't be.
MEANT_AS_YAML = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE)


def read(text: str) -> Parsed:
    """Everything in it that an API server or kubectl would read; Unreadable when it is too long."""
    if len(text) > LONGEST_PASTE:
        raise UnreadableDocument(
            Wording(
                "it is longer than {size} KiB; paste the configuration alone",
                size=LONGEST_PASTE // 1024,
            )
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    parsed = reduce(_first_file, (_read(part, line) for part, line in _parts(text)), Parsed())
    # Wherever they were written, they are those of one API server.
    entry = flags.entry_of(parsed.flags)
    return replace(parsed, entries=(entry, *parsed.entries)) if entry else parsed


def _first_file(parsed: Parsed, other: Parsed) -> Parsed:
    """Keep only the first of two AuthenticationConfigurations, as an API server does with two in one file."""
    if parsed.api_version and other.api_version and other.entries:
        return replace(parsed, second_file=parsed.second_file or other.api_version)
    return merge(parsed, other)


@dataclass
class _Part:
    """The lines of a document so far. What it is by now is noted with each, since there may be many."""

    first: int
    lines: list[str] = field(default_factory=list)
    has_content: bool = False
    has_directive: bool = False
    is_mapping: bool = False
    headings: set[str] = field(default_factory=set)

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
        """Return where flags and a file, or two files, were pasted together without a --- between them."""
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


def _read(text: str, first_line: int, *, is_block: bool = False) -> Parsed:
    if not text.strip():
        return Parsed()
    try:
        root = parse(_without_tabs(text), first_line=first_line)
    except UnreadableDocument as error:
        parsed = flags.in_text(text, first_line=first_line)
        is_broken = MEANT_AS_YAML.search(text) or not (parsed.recognised or is_block)
        return merge(parsed, Parsed(problems=(Setting(str(error), error.line),))) if is_broken else parsed
    if isinstance(root.value, str):
        return flags.in_text(text, first_line=first_line)
    parsed = reduce(merge, (_document(document, is_block=is_block) for document in _documents(root)), Parsed())
    if root.text("kind") == LIST and parsed.api_version:
        why = "A list of files is none of them: the file holds the AuthenticationConfiguration itself."
        listed = Violation("kind", Setting(LIST, root.line, "kind: {value}"), "kind: AuthenticationConfiguration", why)
        parsed = merge(parsed, Parsed(violations=(listed,)))
    if parsed.api_version and not is_block and invalid_json(text):
        why = (
            "It begins as JSON does, and is read as JSON: no comma before a bracket, no comment, no key without quotes."
        )
        broken = Violation("json", Setting("", root.line), "(mend the JSON, or write YAML)", why)
        return merge(parsed, Parsed(violations=(broken,)))
    return parsed


def _document(root: Item, *, is_block: bool) -> Parsed:
    if authentication.is_one(root):
        return authentication.read(root)
    if root.text("kind").lower() == authorization.KIND.lower():
        return authorization.read(root)
    if root.text("kind") == "Config" or (root.at("clusters") and root.at("users")):
        return kubeconfigs.read(root)
    # Talos has it as a part of its own document, or as the text of a file in one.
    inner = (authentication.read(item) for item in walk(root) if item.text("kind") == AUTHENTICATION)
    parsed = reduce(merge, inner, merge(flags.in_document(root), Parsed(pods=tuple(pods.read(root)))))
    return parsed if is_block else merge(parsed, _in_blocks(root))


def _documents(root: Item) -> list[Item]:
    return root.items_of("items") if root.text("kind") == LIST else [root]


def _in_blocks(root: Item) -> Parsed:
    """Return a file in a file, as kubeadm keeps its own in a ConfigMap: lines count from where the block begins."""
    blocks = (item for item in walk(root) if isinstance(item.value, str) and "\n" in item.value.strip())
    return reduce(merge, (_read(item.text(), item.line + 1, is_block=True) for item in blocks), Parsed())


def _without_tabs(text: str) -> str:
    """JSON may be indented by tabs, which YAML refuses."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    return re.sub(r"^\t+", lambda match: "  " * len(match[0]), text, flags=re.MULTILINE)

"""Parse XML from strangers. Whatever two parsers could read differently is refused.

No other module parses SAML from outside, and no other package imports lxml.
"""

import base64
import binascii
import re
import zlib
from codecs import BOM_UTF8
from typing import Any

from lxml import etree

from common.wording import Wording

Element = Any  # lxml's own type has no name at run time

MOST_BYTES = 256 * 1024
DEEPEST = 40
MOST_ATTRIBUTES = 40
# Declared by an element and its ancestors. Canonicalization looks at each of them for each element.
MOST_NAMESPACES = 64
# lxml copies the namespace name for each element that is visited.
LONGEST_NAMESPACE = 500  # characters
BYTES_PER_ELEMENT = 30  # at least, of any that says something

_DECLARED = re.compile(r"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")

NAMESPACES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "ds11": "http://www.w3.org/2009/xmldsig11#",
    "ec": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
    "xi": "http://www.w3.org/2001/XInclude",
    "xsl": "http://www.w3.org/1999/XSL/Transform",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_PREFIXES = {namespace: prefix for prefix, namespace in NAMESPACES.items()}


class UnreadableMessage(Exception):
    """The message can't be read. The exception says why."""


def tag(name: str) -> str:
    """Return `saml:Assertion` in lxml's notation."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def name_of(element_tag: str) -> str:
    """Return `saml:Assertion` for lxml's notation; names of unknown namespaces stay in lxml's."""
    namespace, _, local = element_tag[1:].rpartition("}") if element_tag.startswith("{") else ("", "", element_tag)
    prefix = _PREFIXES.get(namespace)
    return f"{prefix}:{local}" if prefix else element_tag


def base64_of(text: str | None, what: str) -> bytes:
    """Decode base64, in which white space may stand anywhere; raise UnreadableMessage otherwise."""
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableMessage(Wording("{what} is not base64.", what=what)) from None


def posted(text: str) -> bytes:
    """Decode a form field of the POST binding (SAML Bindings §3.5.4)."""
    return base64_of(text, Wording("The message"))


def deflated(text: str) -> bytes:
    """Decode a query parameter of the redirect binding (§3.4.4.1), of at most MOST_BYTES, which inflating stops at.

    Raise UnreadableMessage for anything else.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = inflater.decompress(posted(text), MOST_BYTES + 1)
    except zlib.error:
        raise UnreadableMessage("The message is not deflated.") from None
    if len(raw) > MOST_BYTES:
        raise UnreadableMessage(Wording("The message is longer than {most} bytes.", most=MOST_BYTES))
    return raw


def parse(raw: bytes, *, most: int = MOST_BYTES, comments: bool = False) -> Element:
    """Return the root element; raise UnreadableMessage for anything but plain UTF-8 XML.

    Without `comments`, comments and processing instructions are refused: some readers end a text there, others read on.
    """
    if len(raw) > most:
        raise UnreadableMessage(Wording("The message is longer than {most} bytes.", most=most))
    try:
        text = raw.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        raise UnreadableMessage("The message is not UTF-8.") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnreadableMessage("The message has a document type declaration.")
    declared = _DECLARED.match(text)
    if declared and declared[1].upper() != "UTF-8":
        raise UnreadableMessage(
            Wording("The message is declared as {declared}; only UTF-8 is read.", declared=declared[1])
        )
    root = _parsed(text)
    _refuse_strange(root, comments=comments, most_elements=most // BYTES_PER_ELEMENT)
    return root


def _parsed(text: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8")
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise UnreadableMessage(Wording("The message is not XML: {msg}.", msg=error.msg)) from None


def _refuse_strange(root: Element, *, comments: bool, most_elements: int) -> None:
    ids: set[str] = set()
    depth = elements = namespaces = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "start-ns", "end-ns", "comment", "pi")):
        if event == "start":
            depth += 1
            if depth > DEEPEST:
                raise UnreadableMessage(Wording("The message is nested deeper than {deepest} levels.", deepest=DEEPEST))
            elements += 1
            if elements > most_elements or len(node.attrib) > MOST_ATTRIBUTES:
                raise UnreadableMessage("The message has more elements or attributes than any that is meant seriously.")
            _note_id(node, ids)
        elif event == "end":
            depth -= 1
        elif event == "start-ns":
            namespaces += 1
            _check_namespace(node[1], namespaces)
        elif event == "end-ns":
            namespaces -= 1
        elif not comments:
            raise UnreadableMessage("The message has a comment or a processing instruction in it.")
    outside = [*root.itersiblings(), *root.itersiblings(preceding=True)]
    if outside and not comments:
        raise UnreadableMessage("The message has a comment or a processing instruction beside it.")


def _check_namespace(name: str, in_scope: int) -> None:
    if in_scope > MOST_NAMESPACES:
        raise UnreadableMessage(
            Wording(
                "More than {most} namespaces are declared inside each other.",
                most=MOST_NAMESPACES,
            )
        )
    if len(name) > LONGEST_NAMESPACE:
        raise UnreadableMessage(
            Wording(
                "The name of a namespace is longer than {longest} characters.",
                longest=LONGEST_NAMESPACE,
            )
        )


def _note_id(element: Element, ids: set[str]) -> None:
    for name in ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"):
        value = element.get(name)
        if value is None:
            continue
        if value in ids:
            raise UnreadableMessage(Wording("Two elements have the ID {value}.", value=repr(value[:60])))
        ids.add(value)

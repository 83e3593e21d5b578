"""The bounds of XML from strangers, each just kept and just passed."""

import base64
import zlib
from collections.abc import Callable

import pytest

from sso.saml.reader import xml
from sso.saml.reader.xml import UnreadableMessage, deflated, parse


def nested(count: int) -> str:
    return "<a>" * count + "</a>" * count


def attributes(count: int) -> str:
    return "<a " + " ".join(f"a{number}=''" for number in range(count)) + "/>"


def namespaces(count: int) -> str:
    return "<a " + " ".join(f"xmlns:a{number}='u:{number}'" for number in range(count)) + "/>"


def namespaces_of_ancestors(count: int) -> str:
    """Half of them at the root, and half further in."""
    outer, inner = namespaces(count // 2), namespaces(count - count // 2)
    return outer.replace("/>", ">") + inner.replace("a", "b") + "</a>"


def long_namespace(length: int) -> str:
    return f"<a xmlns='{'u' * length}'/>"


def elements(count: int) -> str:
    """Pad to a size at which as many elements are allowed."""
    text = f"<a>{'<b/>' * (count - 1)}</a>"
    return text + " " * (xml.BYTES_PER_ELEMENT * 100 - len(text))


def size(count: int) -> str:
    return "<a/>" + " " * (count - 4)


@pytest.mark.parametrize(
    ("write", "most"),
    [
        (nested, 40),
        (attributes, 40),
        (namespaces, 64),
        (namespaces_of_ancestors, 64),
        (long_namespace, 500),
        (size, 256 * 1024),
    ],
)
def test_it_is_read_up_to_here(write: Callable[[int], str], most: int) -> None:
    parse(write(most).encode())

    with pytest.raises(UnreadableMessage):
        parse(write(most + 1).encode())


def test_elements_are_bounded_by_the_size_that_may_come() -> None:
    most = xml.BYTES_PER_ELEMENT * 100
    parse(elements(100).encode(), most=most)

    with pytest.raises(UnreadableMessage):
        parse(elements(101).encode(), most=most)


def test_namespaces_beside_each_other_are_not_added_up() -> None:
    inside = namespaces(xml.MOST_NAMESPACES // 2)

    parse(f"<r>{inside * 10}</r>".encode())


@pytest.mark.parametrize(("length", "is_read"), [(256 * 1024, True), (256 * 1024 + 1, False)])
def test_what_is_inflated_is_bounded(length: int, is_read: bool) -> None:
    squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    text = base64.b64encode(squeezed.compress(b"x" * length) + squeezed.flush()).decode()

    if is_read:
        assert len(deflated(text)) == length
    else:
        with pytest.raises(UnreadableMessage):
            deflated(text)


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "utf-7"])
def test_the_refusal_names_the_declared_encoding(encoding: str) -> None:
    with pytest.raises(UnreadableMessage, match=f"declared as {encoding};"):
        parse(f"<?xml version='1.0' encoding='{encoding}'?><a/>".encode())

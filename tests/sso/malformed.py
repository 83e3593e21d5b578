"""Messages that two readers could understand differently, and messages made to exhaust a reader."""

import base64
import zlib

from tests.sso.wrapping import VICTIM, Forgery


def doctype(message: bytes) -> bytes:
    return _behind_declaration(message, b"<!DOCTYPE Response>")


def internal_entity(message: bytes) -> bytes:
    declared = f'<!DOCTYPE r [<!ENTITY who "{VICTIM}">]>'.encode()
    return _behind_declaration(_named(message, b"&who;"), declared)


def external_entity(message: bytes) -> bytes:
    declared = b'<!DOCTYPE r [<!ENTITY who SYSTEM "file:///etc/hostname">]>'
    return _behind_declaration(_named(message, b"&who;"), declared)


def external_subset(message: bytes) -> bytes:
    return _behind_declaration(message, b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/evil.dtd">')


def attribute_defaults(message: bytes) -> bytes:
    """A DTD that gives every assertion an ID: readers with and without DTDs see different documents."""
    return _behind_declaration(message, b'<!DOCTYPE r [<!ATTLIST r ID ID "_other">]>')


def billion_laughs(message: bytes) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<!DOCTYPE r [<!ENTITY l0 "ha">{levels}]>'.encode()
    return _behind_declaration(_named(message, b"&l9;"), declared)


def quadratic_blowup(message: bytes) -> bytes:
    declared = f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]>'.encode()
    return _behind_declaration(_named(message, b"&a;" * 2_000), declared)


def undeclared_prefix(message: bytes) -> bytes:
    return message.replace(b"</ns0:Response>", b"<evil:x/></ns0:Response>")


def attribute_twice(message: bytes) -> bytes:
    return message.replace(b" Version=", b' Version="2.0" Version=', 1)


def namespace_twice(message: bytes) -> bytes:
    """Two prefixes of one namespace, and an attribute of both."""
    return message.replace(b" Version=", b' xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2" Version=', 1)


def namespace_redefined(message: bytes) -> bytes:
    """The prefix of assertions means another namespace around the name."""
    return message.replace(b":NameID ", b':NameID xmlns:ns1="urn:evil" ', 1)


def in_utf16(message: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-16"?>'.decode().encode("utf-16") + _body(message).decode().encode(
        "utf-16-le"
    )


def in_utf7(message: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-7"?>' + _body(message)


def in_ebcdic(message: bytes) -> bytes:
    return f'<?xml version="1.0" encoding="cp037"?>{_body(message).decode()}'.encode("cp037")


def two_roots(message: bytes) -> bytes:
    return message + _body(message)


def nul_byte(message: bytes) -> bytes:
    return _named(message, VICTIM.encode() + b"\0")


def not_utf8(message: bytes) -> bytes:
    return _named(message, VICTIM.encode() + b"\xff\xfe")


def deeply_nested(message: bytes) -> bytes:
    return _named(message, b"<a>" * 30_000 + b"</a>" * 30_000)


def wide(message: bytes) -> bytes:
    return _named(message, b"<a/>" * 55_000)


def many_attributes(message: bytes) -> bytes:
    attributes = b"".join(b' a%d="1"' % number for number in range(20_000))
    return message.replace(b":NameID", b":NameID" + attributes, 1)


DIALECTS: dict[str, Forgery] = {
    dialect.__name__: dialect
    for dialect in (
        doctype,
        internal_entity,
        external_entity,
        external_subset,
        attribute_defaults,
        undeclared_prefix,
        attribute_twice,
        namespace_twice,
        namespace_redefined,
        in_utf16,
        in_utf7,
        in_ebcdic,
        two_roots,
        nul_byte,
        not_utf8,
    )
}
# Each is shorter than 256 KiB: no limit of length keeps them out.
BOMBS: dict[str, Forgery] = {
    bomb.__name__: bomb for bomb in (billion_laughs, quadratic_blowup, deeply_nested, wide, many_attributes)
}


def huge_field(size: int = 2_000_000) -> str:
    """A SAMLResponse of base64 that decodes to nothing useful."""
    return "QUFB" * (size // 4)


def deflate_bomb(size: int = 200_000_000) -> str:
    """A message for the Redirect binding, a thousandth of what it inflates to."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = b" " * 1_000_000
    parts = [deflater.compress(piece) for _ in range(size // len(piece))]
    return base64.b64encode(b"".join([*parts, deflater.flush()])).decode()


def _body(message: bytes) -> bytes:
    """Without the XML declaration."""
    return message.partition(b"?>")[2].lstrip() if message.startswith(b"<?xml") else message


def _behind_declaration(message: bytes, inserted: bytes) -> bytes:
    return b'<?xml version="1.0"?>' + inserted + _body(message)


def _named(message: bytes, name: bytes) -> bytes:
    """With something else for a NameID, markup too."""
    head, _, rest = message.partition(b":NameID ")
    opening, _, behind = rest.partition(b">")
    return head + b":NameID " + opening + b">" + name + behind[behind.index(b"<") :]

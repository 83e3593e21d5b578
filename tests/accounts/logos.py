"""Logos of every kind that is taken, small ones, and what spoils them."""

import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<html><script>alert(1)</script></html>"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int = 8, height: int = 6, *, depth: int = 8, colour: int = 2, interlace: int = 0, pixels: bytes | None = None
) -> bytes:
    """A black picture; `pixels` is what is compressed in the place of its pixels."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(width, height)]
    if interlace:
        whole = range(width), range(height)
        starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
        passes = [(len(whole[0][x::across]), len(whole[1][y::down])) for x, y, across, down in starts]
    if pixels is None:
        pixels = b"".join((b"\0" + bytes((columns * bits + 7) // 8)) * rows for columns, rows in passes if columns)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    palette = chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    body = palette + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return SIGNATURE + chunk(b"IHDR", header) + body


JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+"
    "b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAAGAAgDASIA"
    "AhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAYEAEAAwEAAAAAAAAAAAAAAAAAAgMEYf/EABUBAQEAAAAAAAAAAAAAAAAAAAEC/8QAGhEBAA"
    "EFAAAAAAAAAAAAAAAAAgABAxESMf/aAAwDAQACEQMRAD8AmnJHgCUq5jaa17P/2Q=="
)
PROGRESSIVE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+"
    "b9//j/wgALCAAGAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/aAAgBAQAAAAE//8QAFhAAAwAAAAAAAAAAAAAAAAAAAAEC/9oACAEBAAEFAlJ/"
    "/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFRABAQAAAAAAAAAAAAAAAAAAAAH/2gAIAQEAAT8hm//aAAgBAQAAABB//8QAFRABAQ"
    "AAAAAAAAAAAAAAAAAAAGH/2gAIAQEAAT8Qif/Z"
)
LOSSY = b64decode("UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoIAAYABUB8JbACdAD0rsFoAAD+0OjnCDq31ivzzMJq/In37gsAOzHkPAA=")
LOSSLESS = b64decode("UklGRioAAABXRUJQVlA4TB4AAAAvB0ABALmM6H/sIqL/ASEBYY7/GyULxmMAYwKQWjY=")
WITH_ALPHA = b64decode(
    "UklGRnwAAABXRUJQVlA4WAoAAAAQAAAABwAABQAAQUxQSCYAAAABLyCQTUMWObRHRDQ2IGQjSadwCq/wCq/w/lqdiP7HYKuDW73qA1ZQOCAwAAAA0A"
    "EAnQEqCAAGAAVAfCWwAnQA9K7BaAAA/tDo5wg6t9Yr2ZrCNjV+/cCmL+t3fAAA"
)

GOOD = {
    "PNG": png(),
    **{
        f"PNG of depth {depth}, colour {colour}{', interlaced' * interlace}": png(
            13, 11, depth=depth, colour=colour, interlace=interlace
        )
        for colour, depths in {0: (1, 4, 16), 2: (8, 16), 3: (1, 8), 4: (8,), 6: (8,)}.items()
        for depth in depths
        for interlace in (0, 1)
    },
    "JPEG": JPEG,
    "progressive JPEG": PROGRESSIVE,
    "WebP": LOSSY,
    "lossless WebP": LOSSLESS,
    "WebP with alpha": WITH_ALPHA,
}
ONE_OF_EACH = {
    name: GOOD[name] for name in ("PNG", "JPEG", "progressive JPEG", "WebP", "lossless WebP", "WebP with alpha")
}


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def jpeg(width: int, height: int) -> bytes:
    """The JPEG above, which says that it is as large."""
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


def webp(width: int, height: int) -> bytes:
    at = LOSSY.index(b"\x9d\x01\x2a") + 3
    return LOSSY[:at] + struct.pack("<HH", width, height) + LOSSY[at + 4 :]


def with_metadata() -> Iterator[tuple[str, bytes]]:
    """Images that browsers draw, with a page of HTML among what they don't draw."""
    good = png()
    at = good.index(b"IDAT") - 4
    yield "a text in a PNG", good[:at] + chunk(b"tEXt", b"Comment\0" + SCRIPT) + good[at:]
    yield "an unknown part of a PNG", good[:at] + chunk(b"htMl", SCRIPT) + good[at:]
    for marker in (0xFE, 0xE0, 0xE1, 0xE2, 0xEE):  # COM, APP0, APP1, APP2, APP14
        segment = bytes([0xFF, marker]) + struct.pack(">H", len(SCRIPT) + 2) + SCRIPT
        yield f"segment {marker:X} of a JPEG", JPEG[:2] + segment + JPEG[2:]
    for kind in (b"EXIF", b"XMP ", b"ICCP", b"html"):
        yield f"{kind!r} of a WebP", riff((b"VP8L", LOSSLESS[20:]), (kind, SCRIPT))

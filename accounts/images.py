"""Read a logo: PNG, JPEG or WebP, known by its first bytes. Pure.

The image is taken apart and put together again of the parts that are needed to draw it. Comments, metadata, animations
and whatever else a file may carry are left out. Only PNG's pixels are decompressed, and no more of them than its header
announces.

PNG: https://www.w3.org/TR/png-3/. JPEG: ITU-T T.81, annex B. WebP: RFC 9649.
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

MOST_BYTES = 64 * 1024
MOST_PIXELS = 2048  # on each side


class Image(NamedTuple):
    """An image that browsers can draw. `content` has nothing in it that drawing does not need."""

    media_type: str
    width: int
    height: int
    content: bytes


class BadImage(ValueError):
    """The sentence says what is wrong, and what to do."""


def read_image(content: bytes) -> Image:
    """Return the image in a file; raise BadImage for anything else."""
    readers = {PNG: _png, b"\xff\xd8\xff": _jpeg, b"RIFF": _webp}
    read = next((reader for magic, reader in readers.items() if content.startswith(magic)), None)
    if read is None:
        raise _something_else(content)
    if len(content) > MOST_BYTES:
        raise BadImage("The file is larger than 64 KB. Make the image smaller: it is shown 32 pixels high.")
    try:
        return _bounded(read(content))
    except (struct.error, IndexError):
        raise BadImage("The image is cut off. Save it again, and choose that file.") from None


def _bounded(image: Image) -> Image:
    if not image.width or not image.height:
        raise BadImage("The image has no pixels.")
    if max(image.width, image.height) > MOST_PIXELS:
        raise BadImage("The image has more than 2,048 pixels on a side. Make it smaller: it is shown 32 pixels high.")
    return image


def _something_else(content: bytes) -> BadImage:
    if b"<svg" in content[:4096].lower():
        return BadImage("SVG is not taken, because it can carry scripts. Save the logo as PNG, JPEG or WebP.")
    return BadImage("This is no PNG, JPEG or WebP. Save the logo as one of them.")


def _damaged() -> BadImage:
    return BadImage("The image is damaged or has something else in it. Save it again, and choose that file.")


# PNG

PNG = b"\x89PNG\r\n\x1a\n"
# What draws, with its lengths; of IDAT there may be several, one after the other, and of all others one.
DRAWS_PNG: dict[bytes, Collection[int]] = {
    b"IHDR": (13,),
    b"gAMA": (4,),
    b"cHRM": (32,),
    b"sRGB": (1,),
    b"PLTE": range(3, 769, 3),
    b"tRNS": range(1, 257),
    b"IDAT": range(MOST_BYTES),
    b"IEND": (0,),
}
PALETTE = 3
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by colour type
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Of Adam7: the first column and row of each pass, and the steps.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _png(content: bytes) -> Image:
    chunks = [(kind, data) for kind, data in _chunks_of_png(content) if kind in DRAWS_PNG]
    kinds = [kind for kind, _ in chunks]
    in_turn = [kind for kind, _ in groupby(kinds)]
    if kinds[:1] != [b"IHDR"] or len(set(in_turn)) < len(in_turn):
        raise _damaged()
    if any(kinds.count(kind) > 1 for kind in DRAWS_PNG if kind != b"IDAT"):
        raise _damaged()
    if any(len(data) not in DRAWS_PNG[kind] for kind, data in chunks):
        raise _damaged()
    width, height = struct.unpack(">II", chunks[0][1][:8])
    image = _bounded(Image("image/png", width, height, b""))
    if chunks[0][1][9] == PALETTE and b"PLTE" not in kinds:
        raise _damaged()
    _check_pixels(image, chunks[0][1], b"".join(data for kind, data in chunks if kind == b"IDAT"))
    return image._replace(content=PNG + b"".join(_chunk(kind, data) for kind, data in chunks))


def _chunks_of_png(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        data, (check,) = content[at + 8 : at + 8 + length], struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(kind + data) != check:
            raise _damaged()
        yield kind, data
        at += 12 + length
        if kind == b"IEND":
            break
    _require_end(content, at)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _check_pixels(image: Image, header: bytes, compressed: bytes) -> None:
    """Require as many bytes of pixels as the header announces."""
    depth, colour, compression, filtering, interlace = header[8:]
    if depth not in DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _damaged()
    passes = PASSES if interlace else ((0, 0, 1, 1),)
    expected = sum(_bytes_of_pass(image, depth * SAMPLES[colour], one) for one in passes)
    reader = zlib.decompressobj()
    try:
        found = len(reader.decompress(compressed, expected + 1))
    except zlib.error:
        raise _damaged() from None
    if found != expected or not reader.eof or reader.unused_data:
        raise _damaged()


def _bytes_of_pass(image: Image, bits: int, one: tuple[int, int, int, int]) -> int:
    left, top, across, down = one
    columns, rows = -(-(image.width - left) // across), -(-(image.height - top) // down)
    return rows * (1 + -(-columns * bits // 8)) if columns > 0 and rows > 0 else 0


# JPEG

BASELINE = frozenset({0xC0, 0xC1, 0xC2})  # and extended, and progressive: what browsers draw
DRAWS_JPEG = frozenset({*BASELINE, 0xC4, 0xDB, 0xDD, 0xDA})  # and DHT, DQT, DRI, SOS
# What says how colours are stored, in their only lengths: APP0 without a thumbnail, and APP14.
SAYS_COLOURS = ((b"\xff\xe0\x00\x10JFIF\x00", 18), (b"\xff\xee\x00\x0eAdobe", 16))
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# A progressive one has ten, as a rule. Each is another way through all pixels, for every browser on every page.
MOST_SCANS = 20


def _jpeg(content: bytes) -> Image:
    image, kept, scans, at = None, [b"\xff\xd8"], 0, 2
    while (marker := _marker_at(content, at)) != END_OF_IMAGE:
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if marker in BASELINE:
            if image or length < 11:
                raise _damaged()
            height, width = struct.unpack_from(">HH", content, at + 5)
            image = Image("image/jpeg", width, height, b"")
        if marker == START_OF_SCAN:
            end, scans = _end_of_scan(content, end), scans + 1
        if length < 2 or end >= len(content):
            raise IndexError
        segment = content[at:end]
        if marker in DRAWS_JPEG or any(segment.startswith(it) and len(segment) == size for it, size in SAYS_COLOURS):
            kept.append(segment)
        at = _after_fill(content, end)
    _require_end(content, at + 2)
    if image is None or not scans:
        raise _damaged()
    if scans > MOST_SCANS:
        raise _damaged()
    return image._replace(content=b"".join([*kept, b"\xff\xd9"]))


def _marker_at(content: bytes, at: int) -> int:
    if content[at] != 0xFF:
        raise _damaged()
    return content[at + 1]


def _after_fill(content: bytes, at: int) -> int:
    """Return where the next marker begins: any number of bytes 0xFF may stand before it (T.81 §B.1.1.2)."""
    while content[at : at + 2] == b"\xff\xff":
        at += 1
    return at


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where compressed pixels end: at a marker that is neither a restart nor the byte 0xFF, written FF 00."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise IndexError
        following = content[at + 1]
        if following and not 0xD0 <= following <= 0xD7:
            return at
        at += 2


# WebP


def _webp(content: bytes) -> Image:
    length, form = struct.unpack_from("<I4s", content, 4)
    if form != b"WEBP":
        raise _something_else(content)
    chunks = dict(_chunks_of_webp(content[: 8 + length], length))
    _require_end(content, 8 + length)
    if b"ANIM" in chunks or b"ANMF" in chunks:
        raise BadImage("The image is animated. Save one picture of it.")
    pixels = next((kind for kind in (b"VP8 ", b"VP8L") if kind in chunks), None)
    if pixels is None:
        raise _damaged()
    width, height = _size_of_vp8(chunks[pixels]) if pixels == b"VP8 " else _size_of_vp8l(chunks[pixels])
    image = _bounded(Image("image/webp", width, height, b""))
    kept: dict[bytes, bytes] = {pixels: chunks[pixels]}
    if pixels == b"VP8 " and b"ALPH" in chunks:  # RFC 9649 §2.7: with a header that says so
        kept = {b"VP8X": _extended(width, height), b"ALPH": chunks[b"ALPH"], **kept}
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in kept.items()
    )
    return image._replace(content=b"RIFF" + struct.pack("<I", len(body)) + body)


def _chunks_of_webp(content: bytes, length: int) -> Iterator[tuple[bytes, bytes]]:
    at, seen = 12, set()
    if len(content) < 8 + length:
        raise IndexError
    while at < len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        if len(content) < at + 8 + size:
            raise IndexError
        if kind not in seen:  # RFC 9649 §2.7: readers take the first
            yield kind, content[at + 8 : at + 8 + size]
        seen.add(kind)
        at += 8 + size + size % 2


def _size_of_vp8(data: bytes) -> tuple[int, int]:
    """Return width and height from the header of a key frame (RFC 6386 §9.1)."""
    if data[0] & 1 or data[3:6] != b"\x9d\x01\x2a":
        raise _damaged()
    width, height = struct.unpack_from("<HH", data, 6)
    return width & 0x3FFF, height & 0x3FFF


def _size_of_vp8l(data: bytes) -> tuple[int, int]:
    signature, bits = struct.unpack_from("<BI", data)
    if signature != 0x2F:
        raise _damaged()
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _extended(width: int, height: int) -> bytes:
    alpha = 0x10
    return bytes([alpha, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def _require_end(content: bytes, at: int) -> None:
    if at != len(content):
        raise _damaged()

"""A logo is PNG, JPEG or WebP, whole and bounded, with nothing in it but the picture."""

import struct
from collections.abc import Iterator

import pytest

from accounts.images import DRAWS_PNG, MOST_BYTES, MOST_PIXELS, MOST_SCANS, BadImage, read_image
from tests.accounts.logos import (
    GOOD,
    LOSSLESS,
    ONE_OF_EACH,
    SCRIPT,
    SIGNATURE,
    chunk,
    jpeg,
    png,
    riff,
    webp,
    with_metadata,
)

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WebP": "image/webp"}
METADATA = dict(with_metadata())
FITS = {(b"tRNS", 2), (b"tRNS", 5), (b"IDAT", 0)}
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("name", GOOD)
def test_it_takes_an_image_as_it_is(name: str) -> None:
    image = read_image(GOOD[name])

    assert image.content == GOOD[name] and image.media_type in TYPES.values()
    assert TYPES[next(kind for kind in TYPES if kind in name)] == image.media_type
    assert (image.width, image.height) == ((13, 11) if "depth" in name else (8, 6))


@pytest.mark.parametrize("name", METADATA)
def test_it_leaves_out_what_nobody_draws(name: str) -> None:
    image = read_image(METADATA[name])

    assert SCRIPT in METADATA[name] and b"script" not in image.content
    assert read_image(image.content) == image


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_it_refuses_whatever_is_cut_off(name: str) -> None:
    whole = ONE_OF_EACH[name]

    taken = [length for length in range(len(whole)) if not refused(whole[:length])]

    assert taken == []


@pytest.mark.parametrize("behind", [b"\0", SCRIPT, png(), b"\xff\xd9"])
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_it_refuses_what_has_something_behind_it(name: str, behind: bytes) -> None:
    assert "damaged" in refused(ONE_OF_EACH[name] + behind)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_no_change_of_a_byte_makes_it_fail(name: str) -> None:
    for at in range(len(ONE_OF_EACH[name])):
        for byte in (0, 0xFF, 0x80):
            changed = bytearray(ONE_OF_EACH[name])
            changed[at] = byte
            refused(bytes(changed))  # or taken: nothing else is raised


def magics() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "HTML", b"<!doctype html>" + SCRIPT
    yield "GIF", b"GIF89a\x01\x00\x01\x00" + SCRIPT
    yield "BMP", b"BM" + bytes(60)
    yield "ICO", b"\0\0\1\0" + bytes(60)
    yield "PDF", b"%PDF-1.7\n" + SCRIPT
    yield "ZIP", b"PK\3\4" + bytes(60)
    yield "WAV", b"RIFF\x24\0\0\0WAVE" + bytes(40)
    yield "AVIF", b"\0\0\0\x20ftypavif" + bytes(40)
    yield "HTML before a PNG", SCRIPT + png()
    yield "a PNG whose line ends were changed", png().replace(b"\r\n", b"\n", 1)


@pytest.mark.parametrize("name", dict(magics()))
def test_it_refuses_other_files_and_says_which_it_takes(name: str) -> None:
    assert refused(dict(magics())[name]) == "This is no PNG, JPEG or WebP. Save the logo as one of them."


@pytest.mark.parametrize(
    "svg", [SVG, SVG[22:], b"\xef\xbb\xbf" + SVG, b"\n\n<!-- a logo -->" + SVG, SVG.upper(), SVG * 900]
)
def test_it_says_why_it_takes_no_svg(svg: bytes) -> None:
    assert "SVG is not taken, because it can carry scripts" in refused(svg)


@pytest.mark.parametrize(("width", "height"), [(MOST_PIXELS + 1, 1), (1, MOST_PIXELS + 1), (16383, 16383)])
@pytest.mark.parametrize("make", [jpeg, webp])
def test_it_refuses_many_pixels(make: type, width: int, height: int) -> None:
    assert f"more than {MOST_PIXELS:,} pixels" in refused(make(width, height))
    assert f"more than {MOST_PIXELS:,} pixels" in refused(png(width, height, pixels=b""))


@pytest.mark.parametrize("content", [jpeg(0, 6), jpeg(8, 0), webp(0, 6), png(0, 6, pixels=b""), png(8, 0, pixels=b"")])
def test_it_refuses_none(content: bytes) -> None:
    assert refused(content) == "The image has no pixels."


def test_it_takes_as_many_pixels_as_it_says() -> None:
    assert read_image(png(MOST_PIXELS, 300)).width == MOST_PIXELS


def test_it_refuses_a_large_file_and_decompresses_nothing_of_it() -> None:
    at = png().index(b"IDAT") - 4
    padded = png()[:at] + chunk(b"tEXt", bytes(MOST_BYTES)) + png()[at:]

    assert "larger than 64 KB" in refused(padded)


@pytest.mark.parametrize("more", [1, 10**7])
def test_it_refuses_a_png_with_more_or_fewer_pixels_than_it_says(more: int) -> None:
    row = 1 + 8 * 3

    assert "damaged" in refused(png(pixels=bytes(6 * row + more)))
    assert "damaged" in refused(png(pixels=bytes(6 * row - 1)))


def test_it_refuses_a_png_whose_parts_do_not_fit() -> None:
    header, pixels, end = chunk(b"IHDR", png()[16:29]), chunk(b"IDAT", b"junk"), chunk(b"IEND", b"")
    palette = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 6, 8, 3, 0, 0, 0))

    for parts in (
        [end],
        [pixels, end],
        [header, end],
        [header, header, pixels, end],
        [header, pixels, end],
        [palette, end],
    ):
        assert "damaged" in refused(SIGNATURE + b"".join(parts))


@pytest.mark.parametrize("kind", DRAWS_PNG)
@pytest.mark.parametrize("size", [0, 2, 5, 769, 5000])
def test_it_refuses_what_is_hidden_in_parts_that_draw(kind: bytes, size: int) -> None:
    at = png().index(b"IDAT") - 4
    hidden = png()[:at] + chunk(kind, bytes(size)) + png()[at:]

    assert refused(hidden) if (kind, size) not in FITS else not refused(hidden)


def test_it_refuses_pixels_in_two_places() -> None:
    at, end = png().index(b"IDAT") - 4, png().index(b"IEND") - 4

    assert "damaged" in refused(png()[:end] + chunk(b"gAMA", bytes(4)) + chunk(b"IDAT", b"") + png()[end:])
    assert not refused(png()[:at] + chunk(b"IDAT", b"") + png()[at:])


def test_it_takes_a_jpeg_in_a_few_steps_and_no_more() -> None:
    whole = ONE_OF_EACH["JPEG"]
    at, end = whole.index(b"\xff\xda"), len(whole) - 2
    few = whole[:end] + whole[at:end] * (MOST_SCANS - 1)

    assert not refused(few + whole[end:])
    assert "damaged" in refused(few + whole[at:])


def test_it_refuses_an_animation() -> None:
    assert "animated" in refused(riff((b"VP8X", bytes(10)), (b"ANIM", bytes(6)), (b"ANMF", LOSSLESS[12:])))


def test_a_restart_or_a_filled_byte_ends_no_scan_of_a_jpeg() -> None:
    end = len(ONE_OF_EACH["JPEG"]) - 2
    longer = ONE_OF_EACH["JPEG"][:end] + b"\xff\xd0\x01\xff\x00\xff\xd7\xff\xff" + ONE_OF_EACH["JPEG"][end:]

    assert read_image(longer).content.endswith(b"\xff\xd0\x01\xff\x00\xff\xd7\xff\xd9")


def refused(content: bytes) -> str:
    """Return why; empty for an image that is taken."""
    try:
        read_image(content)
    except BadImage as error:
        return str(error)
    return ""

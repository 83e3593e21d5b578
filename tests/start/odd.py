"""Values that nobody meant, by what is odd about them. What stands in braces is a file of `files_in`."""

import os
from pathlib import Path

ODD = {
    "empty": "",
    "blank": "  ",
    "comma": ",",
    "an empty item": "a,,b",
    "this folder": ".",
    "the folder above": "..",
    "below above": "../a",
    "two parts": "a/b",
    "a word": "nonsense",
    "umlaut": "münchen.example",
    "long": "x" * 300,
    "very long": "x" * 70_000,
    "quoted": '"true"',
    "per cent": "50%",
    "a format": "%s",
    "a variable": "$HOME",
    "a dollar": "$",
    "star": "*",
    "control": "\x01",
    "two lines": "a\nb",
    "no UTF-8": os.fsdecode(b"\xff\xfe"),
    "negative": "-5",
    "zero": "0",
    "part": "1.5",
    "with a unit": "5s",
    "with spaces": " 5 ",
    "plus": "+5",
    "underscore": "1_0",
    "Arabic digit": "\u0665",
    "hexadecimal": "0x1",
    "no number": "nan",
    "infinite": "inf",
    "beyond floats": "1e400",
    "12 digits": "9" * 12,
    "30 digits": "9" * 30,
    "5000 digits": "9" * 5000,
    "root": "/",
    "no file": "/nonexistent/file",
    "device": "/dev/null",
    "folder": "{folder}",
    "binary": "{binary}",
    "empty file": "{nothing}",
}


def files_in(folder: Path) -> dict[str, str]:
    """Make what the values name."""
    (folder / "folder").mkdir()
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "nothing").touch()
    return {name: str(folder / name) for name in ("folder", "binary", "nothing")}


def filled(value: str, files: dict[str, str]) -> str:
    return value.format(**files) if value.startswith("{") else value

"""Everything goes to the terminal by one door, and nothing that a terminal would act on goes through it."""

import ast
import io
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runai_identity_cli import terminal
from runai_identity_cli.arguments import Parser
from runai_identity_cli.main import main

from tests.cli.running import SOURCE

DOOR = "terminal.py"
# Letters, marks and symbols to Python.
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
BY_NAME = {"print", "input", "breakpoint", "exec", "eval"}
BY_MODULE = {
    "sys": {"stdout", "stderr", "__stdout__", "__stderr__", "excepthook", "displayhook"},
    "os": {"write", "system", "popen", "writev", "fdopen"},
}
MODULES = {"logging", "warnings", "traceback", "pprint", "getpass", "curses", "subprocess", "pdb"}


def ways_around(source: str) -> list[str]:
    """What in a module could print by itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and node.id in BY_NAME:
            found.append(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += [node.attr] if node.attr in BY_MODULE.get(node.value.id, ()) else []
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").partition(".")[0]
            names = {name.name for name in node.names}
            found += [module] if module in MODULES or names & BY_MODULE.get(module, set()) else []
    return found


def test_there_is_no_way_around_the_door() -> None:
    """But for the version of kubectl, whose answer is caught."""
    files = [file for file in SOURCE.rglob("*.py") if file.name not in (DOOR, "measuring.py")]

    assert len(files) > 20
    assert {str(file): ways for file in files if (ways := ways_around(file.read_text()))} == {}
    (measuring,) = SOURCE.rglob("measuring.py")
    assert ways_around(measuring.read_text()) == ["subprocess"]
    assert re.findall(r"subprocess\.(?:run|Popen|call)\(.*", measuring.read_text()) == re.findall(
        r"subprocess\.run\(asked, capture_output=True.*", measuring.read_text()
    )


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "import sys\nsys.stdout.write('')",
        "from sys import stderr",
        "import os\nos.write(1, b'')",
        "import logging",
        "from traceback import print_exc",
        "import subprocess",
    ],
)
def test_a_way_around_would_be_seen(source: str) -> None:
    assert ways_around(source)


def acts(char: str) -> bool:
    """By Unicode: controls, formats (bidirectional, invisible), surrogates, private use, line and paragraph ends."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_no_character_that_acts_gets_through(text: str) -> None:
    assert [char for char in terminal.safe(text) if acts(char)] == []


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"], exclude_characters=UNSEEN)))
def test_what_prints_stays_as_it_is(text: str) -> None:
    assert terminal.safe(text) == text


def test_every_control_is_written_out() -> None:
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0x61C,
        0x200E,
        0x202A,
        0x202E,
        0x2028,
        0x2066,
        0xFEFF,
        0xE0041,
    ):
        assert terminal.safe(chr(code)).startswith("\\"), hex(code)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_shows_nothing_is_written_out(unseen: str) -> None:
    assert terminal.safe(f"admin{unseen}@example.com") == f"admin{ascii(unseen)[1:-1]}@example.com"


def test_a_line_is_cut_where_it_has_no_end() -> None:
    assert len(terminal.safe("x" * 10_000_000)) <= terminal.LONGEST_LINE + 1


def test_what_the_terminal_can_not_write_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)

    terminal.out("✓ ü")
    terminal.flush()

    assert stream.buffer.getvalue() == b"\\u2713 \\xfc\n"


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "ü", "a\x7f"])
def test_what_a_program_reads_is_left_out_rather_than_changed(text: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        terminal.exact(text)


@pytest.mark.parametrize(
    "words", [["x\x1b[2J"], ["can-i", "\x1b[2J", "x"], ["whoami", "\x1b[2J"], ["kubeconfig", "\x9b"]]
)
def test_what_was_typed_goes_by_the_door_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.replace("\n", "").isprintable()


def test_a_fault_of_ours_says_where_and_nothing_of_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: object, words: object) -> None:
        raise ValueError("s3cret \x1b[2J")

    monkeypatch.setattr(Parser, "parse_args", fail)

    assert main(["whoami"]) == 1
    said = capsys.readouterr().err
    assert "This is a fault of runai-identity itself: ValueError at main.py:" in said
    assert "s3cret" not in said

"""Commands on pages can be pasted into bash and zsh. What they do is held by tests that type them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)

# Parameters of zsh that are tied to PATH and others, read-only, or of another kind (zshparam(1), zshmodules(1)).
SPECIAL = (
    "path|cdpath|fpath|mailpath|manpath|fignore|watch|psvar|argv|status|pipestatus|prompt|options|commands|functions"
    "|aliases|parameters|signals|histchars|history|words|match|mbegin|mend|reply|REPLY|RANDOM|SECONDS|LINENO|UID|EUID"
    "|GID|EGID|USERNAME|TTY|HOST|OSTYPE|MACHTYPE"
)
ASSIGNED = re.compile(rf"(?:^|[\s;({{])(?:{SPECIAL})=|\b(?:for|read|local)\s+(?:{SPECIAL})\b")

RULES: dict[str, Callable[[str], object]] = {
    "zsh ties this name to something else": lambda text: ASSIGNED.search(text),
    "zsh takes ? * [ outside quotes for a pattern": lambda text: re.search(r"[?*]|\[(?!\[? )", QUOTED.sub("", text)),
    "an interactive zsh knows no comments": lambda text: re.search(r"(?:^|\s)#", QUOTED.sub("", text), re.MULTILINE),
    "zsh's echo changes backslashes": lambda text: re.search(r"\becho\s+[\"']?\$", text),
    "an interactive shell takes ! for the history": lambda text: any(
        "!" in one for one in re.findall(r'"[^"\n]*"', text)
    ),
}


def blocks() -> list[tuple[str, str]]:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "cli/README.md"]
    return [(page.name, block) for page in pages for block in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "text"), blocks(), ids=lambda value: value if value.endswith(".md") else "")
def test_they_can_be_pasted_into_both(page: str, text: str) -> None:
    typed = "\n".join(line.removeprefix("$ ") for line in text.splitlines())

    assert [why for why, breaks in RULES.items() if breaks(typed)] == []


@pytest.mark.parametrize(
    "text",
    [
        "post() { path=$1; }",
        "for status in a b; do :; done",
        "curl $URL/api/v1/users?filterBy=x",
        "make run  # serve",
        'echo "$JSON" | field id',
        'echo "well done!"',
        "ls *.pem",
    ],
)
def test_what_breaks_in_one_of_them_is_found(text: str) -> None:
    assert any(breaks(text) for breaks in RULES.values())

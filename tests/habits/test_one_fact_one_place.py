"""A fact that several modules need is written in one of them."""

import ast
import re

import pytest

from tests.habits.test_sizes_and_names import APPS, ROOT, tracked

SEARCHED = [
    file
    for file in tracked("*.py")
    if file.relative_to(ROOT).parts[0] in (*APPS, "cli") and "migrations" not in file.parts
]
# What is looked for → where it is written. The command line is a distribution of its own.
TEXTS = {
    "system:": {"accounts/names.py", "cli/src/runai_identity_cli/reduction/vocabulary.py"},
    "runai-cli": {"tokens/services/clients.py", "cli/src/runai_identity_cli/oauth.py"},
}
LINES = {
    "a hash of a text": (r"sha256\([^()]*\.encode\(\)\)\.hexdigest\(\)", {"common/hashes.py"}),
    "a pattern of addresses": (r"re\.compile\([^\n]*@\(|validate_email", {"accounts/names.py"}),
    "seconds that kube-apiserver keeps a yes": (r"CACHE\w* = 10$", {"clustersync/bounds.py"}),
    "the highest POSIX id": (r"2 ?\*\* ?32 - 2|4_?294_?967_?294", {"accounts/names.py"}),
    "letters that are easy to type": (r"\"abcdefghjkmnp", {"accounts/passwords.py"}),
}


def places(text: str) -> set[str]:
    """Return the modules that have this text as a whole literal."""
    return {
        str(file.relative_to(ROOT))
        for file in SEARCHED
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value == text
    }


@pytest.mark.parametrize("text", TEXTS)
def test_a_word_is_written_once(text: str) -> None:
    assert places(text) == TEXTS[text]


@pytest.mark.parametrize("fact", LINES)
def test_a_mechanism_is_written_once(fact: str) -> None:
    pattern, where = LINES[fact]

    assert {str(f.relative_to(ROOT)) for f in SEARCHED if re.search(pattern, f.read_text(), re.M)} == where

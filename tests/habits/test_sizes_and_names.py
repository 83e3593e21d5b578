"""What the layout promises of every file; see docs/layout.md."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("runai_identity", "common", "audit", "accounts", "access", "sso", "tokens", "clustersync")
HOMELESS = {"utils", "helpers", "helper", "manager", "managers", "misc", "core", "base", "lib"}


def named(file: Path) -> set[str]:
    """Return the name that Django gives the module of a database engine."""
    return {"base"} if file.parent.name == "postgresql" else set()


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


PRODUCT = [
    file for file in tracked("*.py") if file.relative_to(ROOT).parts[0] in APPS and "migrations" not in file.parts
]
WITH_COMMAND_LINE = [*PRODUCT, *tracked("cli/*.py")]
TESTS = list(tracked("tests/**/*.py", "tests/*.py"))


def functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def longer_than(limit: int, files: list[Path]) -> list[str]:
    return [str(f.relative_to(ROOT)) for f in files if len(f.read_text().splitlines()) > limit]


def functions_longer_than(limit: int, files: list[Path]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file in files
        for node in functions(file)
        if (node.end_lineno or 0) - node.lineno + 1 > limit
    ]


def test_modules_stay_small() -> None:
    assert longer_than(300, WITH_COMMAND_LINE) == []


def test_functions_stay_small() -> None:
    assert functions_longer_than(40, WITH_COMMAND_LINE) == []


def test_test_files_stay_small() -> None:
    assert longer_than(250, TESTS) == []


def test_tests_stay_small() -> None:
    assert [place for place in functions_longer_than(20, TESTS) if place.split()[1].startswith("test_")] == []
    assert functions_longer_than(30, TESTS) == []


def test_no_module_is_a_home_for_anything() -> None:
    assert [str(file.relative_to(ROOT)) for file in WITH_COMMAND_LINE if file.stem in HOMELESS - named(file)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"(^|[\s\"'=(:])/(work|root|home)/[a-z]", id="path of a machine"),
        pytest.param(r"files\.pythonhosted|pypi\.org/simple|registry\.npmjs|--index-url|--extra-index-url", id="index"),
    ],
)
def test_no_committed_file_names(pattern: str) -> None:
    files = [file for file in tracked() if file.name != Path(__file__).name and file.suffix not in {".png", ".gz"}]

    assert [str(f.relative_to(ROOT)) for f in files if re.search(pattern, f.read_text(errors="replace"), re.M)] == []


def test_the_formatter_formats_all_of_it() -> None:
    exempt = re.compile(r"#\s*fmt:\s*(skip|off)")

    assert [str(f.relative_to(ROOT)) for f in tracked("*.py") if exempt.search(f.read_text())] == []

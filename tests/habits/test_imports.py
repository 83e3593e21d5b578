import ast
import re
import tomllib
from graphlib import TopologicalSorter

import grimp
import pytest
from importlinter.cli import lint_imports

from tests.habits.test_sizes_and_names import APPS, PRODUCT, ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PURE = {
    module
    for contract in CONTRACTS
    if contract["name"].startswith("Pure modules")
    for module in contract["source_modules"]
}


def test_every_import_goes_down(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # It would switch off every logger that there is, for the tests that come after it.
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)

    broken = lint_imports(no_cache=True, no_logo=True)

    assert not broken, capsys.readouterr().out


@pytest.mark.parametrize("package", [*APPS, "runai_identity_cli"])
def test_no_modules_import_each_other(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)

    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()


def test_what_calls_itself_pure_is_held_to_it() -> None:
    """`docs/layout.md` names them by example; the contract has them all."""
    said = set()
    for file in PRODUCT:
        docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
        if re.search(r"\bPure\b", docstring) and file.relative_to(ROOT).parts[0] in APPS:
            parts = file.relative_to(ROOT).with_suffix("").parts
            said.add(".".join(part for part in parts if part != "__init__"))

    missing = {name for name in said if not any(f"{name}.".startswith(f"{pure}.") for pure in PURE)}

    assert missing == set()


def test_what_the_layout_calls_pure_is_held_to_it() -> None:
    (row,) = re.findall(r"^\| a pure module \((.*)\) \|", (ROOT / "docs/layout.md").read_text(), re.M)
    named = {name.replace("/", ".").split(".")[-1] for name in re.findall(r"`([\w/]+)`", row)}

    assert named <= {module.split(".")[-1] for module in PURE}

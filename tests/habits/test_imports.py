import pytest
from importlinter.cli import lint_imports


def test_every_import_goes_down(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(no_cache=True, no_logo=True)

    assert not broken, capsys.readouterr().out

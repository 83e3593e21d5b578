import pytest
from importlinter.cli import lint_imports


def test_every_import_goes_down(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # It would switch off every logger that there is, for the tests that come after it.
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)

    broken = lint_imports(no_cache=True, no_logo=True)

    assert not broken, capsys.readouterr().out

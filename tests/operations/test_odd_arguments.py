"""Each command of ours with odd arguments: it does what it says, or says in a line why not."""

import os
from argparse import Action
from pathlib import Path

import pytest
from django.core.management import load_command_class
from pytest_django import Settings

from runai_identity.commands import run_command
from tests import cast
from tests.keys import plant_keys
from tests.operations.test_commands import OURS
from tests.start.odd import ODD, files_in, filled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NAMES = {
    "a dash": "-",
    "two dashes": "--",
    "three dashes": "---",
    "nobody": "nobody@example.com",
    "an at": "@",
    "two ats": "a@b@c",
    "no context": "gpu-1=",
    "two contexts": "gpu-1=x=y",
    "pipe": "{pipe}",
    "dangling": "{dangling}",
    "loop": "{loop}",
}
VALUES = {**ODD, **NAMES}
# What is needed for the command to come to an end.
BESIDE = {"syncclusters": ["--once"], "rotatekeys": ["--yes"]}
# They write files of the checkout, or read the whole database of another version.
LEFT_OUT = {"openapi"}


def arguments_of(name: str) -> list[Action]:
    app = "audit" if name == "verifyaudit" else next(app for app, names in BY_APP.items() if name in names)
    parser = load_command_class(app, name).create_parser("manage.py", name)
    django = {
        "version",
        "settings",
        "pythonpath",
        "traceback",
        "no_color",
        "force_color",
        "skip_checks",
        "verbosity",
        "help",
    }
    return [action for action in parser._actions if action.dest not in django and action.nargs != 0]


BY_APP = {
    "clustersync": {"syncclusters", "registercluster"},
    "tokens": {"rotatekeys"},
    "runai_identity": OURS,
}
CASES = [
    (name, action.option_strings[:1], action.dest) for name in sorted(OURS - LEFT_OUT) for action in arguments_of(name)
]


@pytest.fixture
def places(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    pipe, dangling, loop = tmp_path / "pipe", tmp_path / "dangling", tmp_path / "loop"
    os.mkfifo(pipe)
    dangling.symlink_to(tmp_path / "nowhere")
    loop.symlink_to(loop)
    monkeypatch.chdir(settings.DATA_DIR)
    return {**files_in(tmp_path), "pipe": str(pipe), "dangling": str(dangling), "loop": str(loop)}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("odd", VALUES)
@pytest.mark.parametrize(("name", "option", "argument"), CASES)
def test_an_odd_argument_is_taken_or_refused_in_a_line(
    name: str, option: list[str], argument: str, odd: str, places: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    plant_keys()
    cast.make_prod_cluster(cast.plant_tree())
    given = filled(VALUES[odd], places)
    if odd == "pipe" and argument in ("ca_file", "kubeconfig"):
        pytest.skip("a pipe is waited for, as anywhere in a shell")
    needed = [] if argument == "name" or name != "registercluster" else ["gpu-7"]
    words = [*BESIDE.get(name, []), *needed, *(f"{one}={given}" for one in option)] if option else [*needed, given]
    try:
        run_command([name, *words])
    except SystemExit as ended:
        assert ended.code in (1, 2, os.EX_USAGE)
        told = capsys.readouterr().err
        assert told.strip() and "Traceback" not in told


@pytest.mark.parametrize(
    "words", [["backup", "a", "b"], ["backup"], ["restore"], ["prune", "x"], ["prune", "--nonsense"]]
)
def test_too_many_or_too_few_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command(words)

    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "-inf", "1e400", "86401"])
def test_passes_are_a_time_apart_that_can_be_waited_for(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_command(["syncclusters", f"--interval={seconds}"])

    assert "--interval takes a number above 0" in capsys.readouterr().err

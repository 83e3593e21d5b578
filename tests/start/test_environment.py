"""The making of .venv, in a project whose lock files are empty: nothing is downloaded."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "requirements").mkdir()
    for lock in ("base.txt", "test.txt"):
        (tmp_path / "requirements" / lock).touch()
    return tmp_path


def make(project: Path, target: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **extra}
    return subprocess.run(["make", target], cwd=project, env=environment, capture_output=True, text=True)


def test_it_installs_once(project: Path) -> None:
    assert make(project, ".venv/base").returncode == 0

    assert "up to date" in make(project, ".venv/base").stdout


def test_it_installs_again_when_the_lock_changed(project: Path) -> None:
    make(project, ".venv/base")
    lock, stamp = project / "requirements/base.txt", project / ".venv/base"
    os.utime(lock, (stamp.stat().st_mtime + 1,) * 2)

    assert "Installing requirements/base.txt" in make(project, ".venv/base").stdout


def test_it_makes_everything_again_when_it_was_interrupted(project: Path) -> None:
    broken = project / ".venv/lib/half-a-package"
    broken.mkdir(parents=True)

    assert make(project, ".venv/base").returncode == 0
    assert not broken.exists()


def test_a_second_one_waits_for_the_first(project: Path) -> None:
    with (project / ".venv.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = subprocess.Popen(["make", ".venv/base"], cwd=project, stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(2)
        assert not (project / ".venv").exists()

        second.terminate()
        second.wait()


def test_it_does_not_take_a_failed_installation_for_a_whole_one(project: Path) -> None:
    (project / "requirements/base.txt").write_text("has-no-hash==1\n")

    failed = make(project, ".venv/base")

    assert failed.returncode != 0
    assert not (project / ".venv/whole").exists()
    assert not (project / ".venv/base").exists()


def test_it_says_which_python_it_needs(project: Path) -> None:
    answer = make(project, "run", PYTHON="false")

    assert answer.returncode != 0
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert not (project / ".venv").exists()

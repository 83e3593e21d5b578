"""Arguments of kube-apiserver: the doctor knows those that there are, and none that there are not."""

import re
import subprocess
from functools import cache

import pytest

from clustersync.doctor import flags
from clustersync.doctor.durations import seconds_of
from clustersync.doctor.reading import read
from tests.clustersync.doctor import POD
from tests.system.kubernetes import ASSETS

real = pytest.mark.skipif(not (ASSETS / "kube-apiserver").exists(), reason="there is no kube-apiserver: make clusters")
NAMES = sorted(flags.KNOWN | flags.UNREAD)


@cache
def served() -> frozenset[str]:
    said = subprocess.run([ASSETS / "kube-apiserver", "--help"], capture_output=True, text=True, check=True).stdout
    return frozenset(re.findall(r"^ +--([a-z0-9-]+)", said, re.MULTILINE))


@real
def test_it_knows_every_flag_of_its_families() -> None:
    unknown = [name for name in served() if read(f"--{name}=1").unknown_flags]

    assert unknown == []


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_none_that_is_misspelt(name: str) -> None:
    for wrong in (f"{name}s", name.title()):
        assert read(f"--{wrong}=1").unknown_flags, wrong
    assert read(f"--{name.replace('-', '_')}=1").unknown_flags == ()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in flags.TRUTHS])
@pytest.mark.parametrize("wrong", ["-{}=1", "\u2014{}=1", "--{} 1", "{}=1"])
def test_in_a_pod_it_finds_what_is_no_flag(name: str, wrong: str) -> None:
    line = "    - --oidc-groups-claim=groups\n"

    assert read(POD.replace(line, f'{line}    - "{wrong.format(name)}"\n')).strays
    assert read(POD).strays == ()


@pytest.mark.parametrize("name", sorted(flags.TRUTHS))
def test_what_is_true_or_false_takes_no_word_after_it(name: str) -> None:
    assert read(f"--{name} false").strays
    assert read(f"kube-apiserver --{name} --v=2").strays == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("+30s", 30),
        ("-30s", -30),
        (".5s", 0.5),
        ("1s500ms", 1.5),
        ("30s1m", 90),
        ("2m0s", 120),
        ("0", 0),
        ("1us", 1e-6),
        ("30", None),
        ("1d", None),
        ("30 s", None),
        ("1m30", None),
        ("", None),
        ("s", None),
        ("30S", None),
        ("--30s", None),
    ],
)
def test_durations_are_those_of_go(text: str, seconds: float | None) -> None:
    """As kube-apiserver 1.36 took each."""
    assert seconds_of(text) == (None if seconds is None else pytest.approx(seconds))

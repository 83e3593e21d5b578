"""`python -m bench.withdrawal`: how long a real cluster goes on, and what it refuses, when something was withdrawn.

`python -m bench.withdrawal structured` measures the rotations alone, with an AuthenticationConfiguration.
KUBEBUILDER_ASSETS names the folder of kube-apiserver, etcd and kubectl. The figures are those that the tests of the
stated bounds note while they hold them.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from bench.page import keep_without_database

ROTATING = "tests/system/test_rotation.py"
# By the section of the page that they fill.
TESTS = {
    "withdrawal": ("tests/system/test_revocation_bound.py", ROTATING),
    "structured": (ROTATING, "-k", "structured"),
}
CASES = {
    "webhook-1s": "somebody is disabled; the cluster asks us, with a cache of 1 s",
    "webhook-12s": "somebody is disabled; the cluster asks us, with a cache of 12 s",
    "oidc-15s": "somebody is disabled; it verifies by itself tokens of 15 s",
    "both-15s": "somebody is disabled; both, tokens of 15 s",
}
ROTATIONS = {"planned": "two planned rotations", "emergency": "an emergency rotation"}


def main(section: str = "withdrawal") -> None:
    import django

    django.setup()
    from tests.system.kubernetes import version

    with tempfile.TemporaryDirectory(prefix="bench-withdrawal-") as folder:
        report = Path(folder) / "report.xml"
        # Without the tests' own bound on time: the machine may be busy.
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *TESTS[section],
            f"--junitxml={report}",
            "-o",
            "junit_family=xunit1",
        ]
        ended = subprocess.run(command, check=False)  # noqa: S603
        noted = noted_in(report)
    if ended.returncode:
        raise SystemExit("A bound was not held, or could not be tried: nothing was written down.")
    load = f"{os.getloadavg()[0]:.1f}"
    kubernetes = ".".join(map(str, version()))
    keep_without_database(section, rows_of(noted), load=load, kubernetes=kubernetes)


def noted_in(report: Path) -> dict[str, dict[str, str]]:
    """Return what each test noted, by its name."""
    tests = ElementTree.parse(report).iter("testcase")  # noqa: S314  pytest wrote it just now
    return {
        test.attrib["name"]: {one.attrib["name"]: one.attrib["value"] for one in test.iter("property")}
        for test in tests
    }


def rows_of(noted: dict[str, dict[str, str]]) -> list[str]:
    rows = []
    for name, facts in noted.items():
        case = name.partition("[")[2].rstrip("]")
        rotation = next((words for word, words in ROTATIONS.items() if word in name), "")
        if not facts:  # needs a newer API server
            continue
        what = f"{rotation} ({case.removeprefix('Form.').lower()})" if rotation else CASES[case]
        took, _, said = facts.get("seconds until refused", "").partition(" of ")
        refused, _, requests = facts.get("refused", "").partition(" of ")
        seconds = (took or facts.get("seconds refused"), said or facts.get("seconds said"))
        columns = (what, *(value or "-" for value in (requests, refused, *seconds)))
        rows.append(f"| {' | '.join(columns)} |")
    return sorted(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])

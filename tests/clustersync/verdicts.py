"""What a real kube-apiserver made of each of the files in doctor_files.py, as it was recorded."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

RECORDING = os.environ.get("RECORD_VERDICTS", "")  # "all", or those that are "new"
RECORDED = Path(__file__).parent / "doctor_verdicts.json"


class Recorded(NamedTuple):
    """`says` is its complaint, where it does not start."""

    verdict: str
    says: str = ""


def recorded() -> dict[str, Recorded]:
    found = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    return {name: Recorded(*one) for name, one in found.items()}


def written(verdicts: Mapping[str, Recorded]) -> str:
    """A file a line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(list(one))}" for name, one in verdicts.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


HEAD = """\
# The doctor and a real kube-apiserver

Each of these {all} files was given to kube-apiserver 1.36.3, and then the tokens of a person and of an application.
Beside what it made of them stand the [rules of the doctor](doctor.md#the-rules) that tell of it. `make doctor-verdicts`
tries them all again (it takes some minutes, and builds the API server once), and tests hold the doctor to what came of
it: never "ok" where the API server is not, and nothing said of the {right} files with which it works.

| file | kube-apiserver | its complaint | the doctor |
|---|---|---|---|
"""


def page(verdicts: Mapping[str, Recorded], rules: Mapping[str, Sequence[str]]) -> str:
    right = sum(one.verdict == "works" for one in verdicts.values())
    rows = (
        f"| {name} | {one.verdict} | {_code(one.says)} | {', '.join(f'`{rule}`' for rule in rules[name]) or 'ok'} |"
        for name, one in verdicts.items()
    )
    return HEAD.format(all=len(verdicts), right=right) + "\n".join(rows) + "\n"


def _code(text: str) -> str:
    """In a cell of a table."""
    plain = text.replace("|", "\\|").replace("`", "'")
    return f"`{plain}`" if plain else ""

"""The people's command line as one file, for a machine that has Python and can reach nothing but this service."""

import zipfile
from functools import cache
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

import yaml
from django.conf import settings

SOURCE = Path(settings.BASE_DIR) / "cli" / "src" / "runai_identity_cli"
NAME = "runai-identity"
INTERPRETER = b"#!/usr/bin/env python3\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same source makes the same file
MAIN = """import sys

import runai_identity_cli

runai_identity_cli.downloaded_from = {origin!r}

from runai_identity_cli.main import main

sys.exit(main())
"""


@cache
def executable(origin: str) -> bytes:
    """Return a zip that Python runs (PEP 441), with the one library that the command line needs, in pure Python.

    It knows the origin that it came from, so that signing in there needs no address.
    """
    packed = BytesIO()
    packed.write(INTERPRETER)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"__main__.py": MAIN.format(origin=origin), **_files()}.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _files() -> dict[str, str]:
    found = {}
    for package in (SOURCE, Path(yaml.__file__).parent):
        files = sorted(package.rglob("*.py"))
        found.update({str(file.relative_to(package.parent)): file.read_text() for file in files})
    return {**found, "yaml/LICENSE": _license()}


def _license() -> str:
    """PyYAML's, which asks to travel with it."""
    files = distribution("PyYAML").files or []
    return next(file.read_text() for file in files if file.name == "LICENSE")

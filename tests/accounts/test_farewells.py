import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.services.sessions import BY_AN_ADMINISTRATOR, FAREWELLS

GIVEN = re.compile(r'\bbecause="([^"]+)"')
THEIRS = {"signed out by an administrator", "ended by an administrator"}
COMPUTED = {"inactivity"}  # with the number of minutes


def reasons() -> set[str]:
    """Every reason for which the source ends a session."""
    apps = ("accounts", "access", "tokens", "sso", "clustersync", "runai_identity")
    files = [file for app in apps for file in (Path(settings.BASE_DIR) / app).rglob("*.py")]
    return {reason for file in files for reason in GIVEN.findall(file.read_text())}


@pytest.mark.parametrize("reason", sorted(reasons() - THEIRS - COMPUTED))
def test_no_administrator_is_named_for_what_none_did(reason: str) -> None:
    assert FAREWELLS[reason] != BY_AN_ADMINISTRATOR

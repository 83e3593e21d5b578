"""docs/debian.md, typed into an empty Debian: packages, PostgreSQL, TLS, a directory by SAML, and a first cluster."""

from pathlib import Path

import pytest

from tests.deploy.debian import Debian, can_be_made
from tests.sso.idp import IdP
from tests.walking import MARK, Step, differences, steps

pytestmark = [
    pytest.mark.newcomer,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not can_be_made(), reason="an empty Debian takes root, mmdebstrap, unshare and ip"),
]

PAGE = "docs/debian.md"
GIVEN = {
    "SERVER": "identity.example.com",
    "SOURCE": "/srv/runai-identity.git",
    "EMAIL": "rosa@example.com",
    "PASSWORD": "Correct-Horse-9",
    "METADATA_FILE": "/srv/metadata.xml",
}
# As after a machine has started: with both packages come services that start with it, and its name is known.
STARTED = """
echo "127.0.0.1 $SERVER" >> /etc/hosts
service postgresql start > /dev/null
nginx
"""


def joined(typed: list[Step]) -> str:
    return f"\necho; echo '{MARK}'\n".join(step.commands for step in typed)


def test_everything_on_the_page_works_on_an_empty_machine(tmp_path: Path) -> None:
    machine = Debian(tmp_path / "debian")
    machine.write("/srv/metadata.xml", IdP().metadata())
    installing, *later = steps(PAGE)

    machine.type(installing.commands, alone=False, seconds=600, **GIVEN)
    printed = machine.type(STARTED + joined(later), alone=True, seconds=200, **GIVEN).split(MARK)

    assert differences(later, printed) == []

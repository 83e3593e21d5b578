"""docs/debian.md, typed into an empty Debian: packages, PostgreSQL, TLS, a directory by SAML, and a first cluster.

The unit that it starts is then killed, stopped, refused and let serve https itself, by the systemd of that machine.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.deploy.debian import Debian, can_be_made
from tests.sso.idp import IdP
from tests.start.test_make_run import ROOT
from tests.walking import MARK, Step, differences, steps

pytestmark = [
    pytest.mark.newcomer,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not can_be_made(), reason="an empty Debian takes root, mmdebstrap and systemd-nspawn"),
]

PAGE = "docs/debian.md"
GIVEN: dict[str, Any] = {
    "SERVER": "identity.example.com",
    "SOURCE": "/srv/runai-identity.git",
    "EMAIL": "rosa@example.com",
    "PASSWORD": "Correct-Horse-9",
    "METADATA_FILE": "/srv/metadata.xml",
}
# Its name is known.
KNOWN = """
echo "127.0.0.1 $SERVER" >> /etc/hosts
"""
SERVED = "curl --silent --show-error --fail --retry 60 --retry-delay 1 --retry-all-errors"
READY = f"{SERVED} --output /dev/null http://127.0.0.1:8000/readyz"
SHOW = "systemctl show runai-identity --value --property"
# Each tried by the user of the service, in the file system that the service sees.
TRIED = """
main=$(systemctl show --value --property MainPID runai-identity)
user=$(stat --format %u /proc/$main)
for folder in $(ls -d /*/ /*/*/ /opt/runai-identity/*/ /var/lib/*/ /usr/local/*/); do
  nsenter --target $main --mount --setuid $user --setgid $user touch "$folder/tried" 2> /dev/null && realpath "$folder"
done
true
"""


class Typed(NamedTuple):
    machine: Debian
    steps: list[Step]
    printed: list[str]


def joined(typed: list[Step]) -> str:
    return f"\necho; echo '{MARK}'\n".join(step.commands for step in typed)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    machine = Debian(tmp_path_factory.mktemp("machine") / "debian")
    machine.write("/srv/metadata.xml", IdP().metadata())
    installing, *later = steps(PAGE)
    machine.install(installing.commands, **GIVEN)
    with machine.booted():
        yield Typed(machine, later, machine.type(KNOWN + joined(later), **GIVEN).split(MARK))


def test_everything_on_the_page_works_on_an_empty_machine(typed: Typed) -> None:
    assert differences(typed.steps, typed.printed) == []


def test_the_service_writes_its_state_and_nothing_else(typed: Typed) -> None:
    """And what is its own, but /dev/shm, where its processes share locks."""
    written = typed.machine.type(f"{READY}\n{TRIED}").split()

    own = {"/tmp", "/var/tmp", "/dev/mqueue"}  # noqa: S108
    assert set(written) == {"/var/lib/private/runai-identity", "/dev/shm", *own}  # noqa: S108


def test_it_is_started_again_where_it_was_killed(typed: Typed) -> None:
    killed = f"kill -KILL $({SHOW} MainPID)\nsleep 3\n{READY}\n{SHOW} NRestarts"

    before = int(typed.machine.type(f"{READY}; {SHOW} NRestarts"))
    assert int(typed.machine.type(killed)) == before + 1


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_it_ends_in_order(typed: Typed, verb: str) -> None:
    killed = "journalctl --unit=runai-identity --output=cat | grep --count SIGKILL || true"
    told = f"systemctl {verb} runai-identity\n{SHOW} Result,ExecMainStatus\n{killed}\nsystemctl start runai-identity"
    before, result, status, after = typed.machine.type(f"{READY}\n{killed}\n{told}\n{READY}").split()

    assert (result, status, after) == ("success", "0", before)


def test_it_is_started_when_it_serves(typed: Typed) -> None:
    at_once = "curl --silent --show-error --fail --output /dev/null http://127.0.0.1:8000/readyz"

    status = typed.machine.type(f"systemctl restart runai-identity\n{at_once}\n{SHOW} StatusText")

    assert status == "Serving on https://identity.example.com\n"


def test_it_says_in_the_journal_why_it_does_not_start_and_waits_for_somebody(typed: Typed) -> None:
    broken = "cp /etc/runai-identity.env /etc/whole.env\necho PORT=none >> /etc/runai-identity.env\n"
    refused = "systemctl restart runai-identity && exit 1\nsleep 8\n"
    mended = f"cp /etc/whole.env /etc/runai-identity.env\nsystemctl restart runai-identity\n{READY}\n"
    journal = "journalctl --unit=runai-identity --output=cat --since=-1min"
    shown = "systemctl show runai-identity --property ActiveState,NRestarts,ExecMainStatus"

    said = typed.machine.type(f"{broken}{refused}{shown}\n{journal}\n{mended}")

    assert "Can't start: PORT takes a number from 1 to 65535, not 'none'." in said
    assert {"ActiveState=failed", "NRestarts=0", "ExecMainStatus=78"} <= set(said.split("\n"))


def test_it_comes_when_the_database_does(typed: Typed) -> None:
    away = "systemctl stop postgresql\nsystemctl restart runai-identity && exit 1\nsleep 8\n"

    state, again = typed.machine.type(
        f"{away}{SHOW} ActiveState\n{SHOW} NRestarts\nsystemctl start postgresql\n{READY}\n"
    ).split()

    assert state == "activating"
    assert int(again) >= 1


def test_it_serves_https_itself_by_a_key_that_root_alone_reads(typed: Typed) -> None:
    unit = (ROOT / "deploy/systemd/runai-identity.service").read_text()
    typed.machine.write("/etc/systemd/system/runai-identity.service", re.sub(r"^#(?=\w+=)", "", unit, flags=re.M))
    itself = "printf 'BIND=0.0.0.0\\nPORT=443\\nTRUSTED_PROXIES=\\n' >> /etc/runai-identity.env\nsystemctl stop nginx\n"
    asked = f"{SERVED} --cacert /etc/ssl/identity-ca.crt --dump-header - https://identity.example.com/readyz"
    back = "systemctl daemon-reload\nsystemctl restart runai-identity\nsystemctl start nginx"

    answer = typed.machine.type(
        "cp /etc/runai-identity.env /etc/proxied.env\nstat --format %a:%U /etc/ssl/private/identity.key\n"
        f"{itself}systemctl daemon-reload\nsystemctl restart runai-identity\n{asked}"
    )
    typed.machine.write("/etc/systemd/system/runai-identity.service", unit)
    typed.machine.type(f"cp /etc/proxied.env /etc/runai-identity.env\n{back}")

    assert answer.startswith("600:root\nHTTP/1.1 200") and "nginx" not in answer


def test_systemd_finds_it_exposed_to_little(typed: Typed) -> None:
    found = typed.machine.type("systemd-analyze security --no-pager runai-identity | tail -1")

    assert float(re.findall(r"(\d+\.\d) OK", found)[0]) <= 2

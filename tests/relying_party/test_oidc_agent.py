"""oidc-agent, from Debian, as people of many sites use it on login nodes: a code entered in a browser elsewhere."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.relying import unverified
from tests.relying_party.us import Browser, Us, found

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not shutil.which("oidc-agent"), reason="scripts/install-relying-parties brings oidc-agent"),
]

PAGE = Path(__file__).resolve().parents[2] / "docs/applications.md"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which its programs find it."""
    folder = tmp_path / "oidc-agent"
    folder.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OIDC_CONFIG_DIR": str(folder)}
    said = subprocess.run(["oidc-agent"], env=environment, capture_output=True, text=True, check=True).stdout
    pid, at = re.search(r"OIDCD_PID=(\d+)", said), re.search(r"OIDC_SOCK=([^;]+)", said)
    assert pid and at, said
    yield {**environment, "OIDC_SOCK": at[1]}
    os.kill(int(pid[1]), signal.SIGTERM)


def begin(us: Us, agent: dict[str, str], output: Path) -> subprocess.Popen[bytes]:
    """As the page says, and without a person at the keyboard."""
    block = PAGE.read_text().partition('eval "$(oidc-agent)"')[2].partition("oidc-token")[0]
    documented = shlex.split(block.replace("https://IDENTITY", us.url).replace("\\\n", ""))
    command = [*documented, "--no-scheme", "--pw-cmd", "echo secret", "--confirm-default"]
    with output.open("wb") as out:
        return subprocess.Popen(command, env=agent, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


def code_in(output: Path) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if code := re.search(r"enter the code: (\S+)", output.read_text()):
            return code[1]
        time.sleep(0.1)
    raise AssertionError(output.read_text())


def test_it_gets_tokens_by_a_device_code_and_goes_on_getting_them(
    us: Us, agent: dict[str, str], tmp_path: Path
) -> None:
    us.register("login-node", grantTypes=[DEVICE_CODE, "refresh_token"], tokenEndpointAuthMethod="none")
    browser = Browser(us)
    browser.sign_in()

    asking = begin(us, agent, tmp_path / "output")
    page = browser.get(f"{us.url}/device", timeout=5)
    page = browser.submit(page, f"{us.url}/device", user_code=code_in(tmp_path / "output"))
    token = found('name="request_token" value="([^"]+)"', page)
    browser.submit(page, f"{us.url}/device", request_token=token, decision="allow")

    assert asking.wait(60) == 0, (tmp_path / "output").read_text()
    first, second = (_token(agent, "--time", "7200") for _ in range(2))  # longer than one lasts: it refreshes
    assert unverified(first)["client_id"] == unverified(second)["client_id"] == "login-node"
    assert first != second


def _token(agent: dict[str, str], *more: str) -> str:
    said = subprocess.run(["oidc-token", "ours", *more], env=agent, capture_output=True, text=True, check=True)
    return said.stdout.strip()

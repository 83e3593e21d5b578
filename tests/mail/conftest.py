from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.common.test_outbound import resolve_to
from tests.common.test_outbound_tls import certificate
from tests.mail.server import Mailbox, serving


@pytest.fixture
def trusted(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for NAME, which leads here."""
    file = certificate(tmp_path)
    text = file.read_text()
    settings.OUTBOUND_CA = text[text.index("-----BEGIN CERT") :]
    resolve_to(monkeypatch, ["127.0.0.1"])
    return file


@pytest.fixture
def mailbox(db: None) -> Iterator[Mailbox]:
    with serving() as box:
        yield box

"""Nothing that a message names is opened, before its signature is verified or after, and such names are refused."""

import base64
import os
import shutil
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from lxml import etree

from sso.saml import sandbox
from sso.saml.reader.profile import METADATA, check
from sso.saml.reader.xml import UnreadableMessage
from tests.attacks.fuzzing import seeds
from tests.attacks.test_saml_fuzz import CORPUS
from tests.sso import alone
from tests.sso.idp import IdP
from tests.sso.signing import NAMES, XENC
from tests.sso.vocabulary import DS, LEADING_ELSEWHERE, SECURITY
from tests.sso.watched import Watch, watching

MESSAGES = {"signed": alone.genuine, "encrypted": alone.encrypted}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """What a message may name: files, a FIFO that keeps its opener waiting, what never ends, addresses."""
    secret, fifo = tmp_path / "secret", tmp_path / "fifo"
    secret.write_text("c2VjcmV0")
    os.mkfifo(fifo)
    return [
        str(secret),
        f"file://{secret}",
        os.path.relpath(secret),
        str(fifo),
        f"file:{fifo}",
        "/dev/zero",
        "http://127.0.0.1:9/x",
        "https://127.0.0.1:9/x",
        "ftp://127.0.0.1:9/x",
        "",
        "#xpointer(/)",
        "#_none",
    ]


@pytest.fixture
def watch(files: list[str]) -> Iterator[Watch]:
    """Of the two files; what waited for a FIFO would not come back at all."""
    with watching(Path(files[0]), Path(files[3])) as watch:
        yield watch


def planted(message: bytes, name: str, place: int, uri: str) -> bytes:
    """The message with one more element inside its `place`th one."""
    root = etree.fromstring(message)
    parent = list(root.iter())[place]
    etree.SubElement(parent, name, {"URI": uri, "href": uri, "Algorithm": uri, "Type": f"{XENC}EncryptedKey"})
    return bytes(etree.tostring(root))


def by_reference(uri: str) -> bytes:
    """Encrypted content that is at another place."""
    root = etree.fromstring(alone.encrypted())
    for data in root.iterfind(".//xenc:CipherData", NAMES):
        data.clear()
        etree.SubElement(data, f"{{{XENC}}}CipherReference", URI=uri)
    return bytes(etree.tostring(root))


def key_elsewhere(uri: str) -> bytes:
    """An encrypted key that is at another place."""
    root = etree.fromstring(alone.encrypted())
    key = root.find(".//xenc:EncryptedKey", NAMES)
    key.addprevious(etree.Element(f"{{{DS}}}RetrievalMethod", URI=uri, Type=f"{XENC}EncryptedKey"))
    return bytes(etree.tostring(root))


def test_the_library_would_open_what_a_message_names(files: list[str], watch: Watch) -> None:
    data = etree.fromstring(by_reference(files[0])).find(".//xenc:EncryptedData", NAMES)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_file(str(alone.ours().private), xmlsec.constants.KeyDataFormatPem))

    with pytest.raises(xmlsec.Error):
        xmlsec.EncryptionContext(manager).decrypt(data)

    assert watch.was_opened()


@pytest.mark.parametrize("hostile", [by_reference, key_elsewhere])
def test_c2_encrypted_content_that_is_elsewhere(hostile: Any, files: list[str], watch: Watch) -> None:
    for uri in files:
        code, detail = alone.judged(hostile(uri))

        assert code in ("bad_message", "bad_encryption")
        assert "xenc:CipherReference" in detail or "ds:RetrievalMethod" in detail
    assert not watch.was_opened()


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("name", LEADING_ELSEWHERE)
def test_c2_what_leads_elsewhere_is_refused_at_every_place(
    kind: str, name: str, files: list[str], watch: Watch
) -> None:
    message = MESSAGES[kind]()
    for place in range(len(list(etree.fromstring(message).iter()))):
        code, detail = alone.judged(planted(message, name, place, files[place % len(files)]))

        assert code in ("bad_message", "bad_encryption"), (place, detail)
        assert name.rpartition("}")[2] in detail
    assert not watch.was_opened()


@pytest.mark.slow
@pytest.mark.parametrize("name", SECURITY)
def test_c2_no_element_of_the_schemas_opens_anything_anywhere(name: str, files: list[str], watch: Watch) -> None:
    for message in (alone.genuine(), alone.encrypted()):
        for place in range(len(list(etree.fromstring(message).iter()))):
            alone.judged(planted(message, name, place, files[place % len(files)]))

    assert not watch.was_opened()


@pytest.mark.parametrize("name", LEADING_ELSEWHERE)
def test_c2_metadata_with_what_leads_elsewhere(name: str, files: list[str]) -> None:
    metadata = etree.fromstring(IdP().metadata().encode())
    for place in range(len(list(metadata.iter()))):
        root = deepcopy(metadata)
        parent = list(root.iter())[place]
        etree.SubElement(parent, name, URI=files[0])

        with pytest.raises(UnreadableMessage, match=name.rpartition("}")[2]):
            check(root, METADATA)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_c2_the_process_that_reads_asks_the_kernel_for_no_file_or_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment it has given up its rights, with every case of the attacks, as the kernel sees it."""
    log, traced = tmp_path / "log", tmp_path / "python"
    calls = "%file,%network,%process,prlimit64,setrlimit"
    traced.write_text(f'#!/bin/sh\nexec {shutil.which("strace")} -f -o {log} -e trace={calls} {sys.executable} "$@"\n')
    traced.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(traced))
    reader = sandbox.Sandbox()
    for message in [*seeds().values(), *(file.read_bytes() for file in CORPUS.glob("*.xml"))]:
        values = {"field": base64.b64encode(message).decode(), "expected": alone.expected().as_json()}
        reader.ask("response", sandbox.MESSAGE, values)
    reader.close()

    _, confined, after = log.read_text().partition("RLIMIT_NOFILE")
    assert confined
    asked = [line for line in after.splitlines()[1:] if "limit" not in line and "exit" not in line]
    assert [line for line in asked if "SIGKILL" not in line] == []

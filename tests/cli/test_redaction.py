"""Secrets leave a configuration on the machine it is on, and what the doctor looks at stays."""

import pytest
from runai_identity_cli.redaction import without_secrets

from clustersync.doctor.reading import read
from tests.clustersync.doctor import FILE, FLAGS, PERSON, PLUGIN, WEBHOOK

SECRETS = [
    "    token: s3cret",
    '"token": "s3cret",',
    "{user: {token: s3cret, tokenFile: /f}}",
    "token: |\n  s3cret\n  s3cret\nname: x",
    "  - token: >-\n      s3cret",
    "client-key-data: s3cret==",
    "refresh-token: s3cret",
    "id-token: eyJhbGciOiJub25lIn0.eyJzM2NyZXQiOjF9.s3cret",
    "whoever: eyJhbGciOiJub25lIn0.eyJzM2NyZXQiOjF9.s3cret",
    "password: 's3cret'",
    "- --oidc-client-secret=s3cret",
    "- --oidc-client-secret\n- s3cret",
    "kubectl --token s3cret get pods",
    "env:\n- name: CLIENT_SECRET\n  value: s3cret",
    "server: https://user:s3cret@example.com/x",
    "-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----\nkind: x",
]


@pytest.mark.parametrize("text", SECRETS)
def test_it_removes_them_and_keeps_the_lines(text: str) -> None:
    kept = without_secrets(text)

    assert "s3cret" not in kept
    assert kept.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", [FLAGS, FILE, PERSON, PLUGIN, WEBHOOK])
def test_it_leaves_what_the_doctor_looks_at(text: str) -> None:
    assert read(without_secrets(text)) == read(text)


def test_it_leaves_the_words_that_stand_in_for_a_token() -> None:
    text = '"token": "<the webhook token, shown once when it was made>"'

    assert without_secrets(text) == text

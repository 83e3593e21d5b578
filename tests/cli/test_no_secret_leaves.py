"""No secret leaves this machine when the doctor is asked, in whatever form it stands in a file."""

import json
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from runai_identity_cli import doctor

from tests.cli.hostile import Liar
from tests.cli.running import Shell
from tests.cli.secret_documents import MARK
from tests.cli.secret_texts import damaged, documents


def body_of(*texts: str) -> str:
    """What would be sent, as it would be sent."""
    parser = ArgumentParser()
    doctor.add_arguments(parser)
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(texts):
            names.append(os.path.join(folder, str(number)))
            Path(names[-1]).write_text(text)
        return json.dumps(
            doctor._body(doctor._read(doctor._texts(names)).text, {}, parser.parse_args([])), ensure_ascii=False
        )


KUBECONFIG = "kind: Config\nclusters: []\nusers:\n- name: a\n  user:\n"
# How a secret may stand in a file. What reads lines, and not YAML, misses most of them.
FORMS = [
    "token: s3cret",
    'token: "s3cret"',
    "token: 'it''s s3cret'",
    'token: "a\\"s3cret"',
    "token: a,s3cret",
    '{token: a, password: "b,s3cret"}',
    "{token: a, password: b,s3cret}",
    "token: -s3cret",
    "token: <s3cret",
    "token: &s3cret x",
    "token: &a [s3cret]",
    "token: !!str s3cret",
    'token: !secret "s3cret"',
    'token: "\\x733cret"',
    "token: {a: s3cret}",
    "token: |¶      s3cret",
    "token: |-¶      a¶¶      s3cret",
    "token: >2¶      s3cret",
    '"token" : s3cret',
    "? token¶    : s3cret",
    '"tok\\x65n": s3cret',
    "exec: {env: [{name: TOKEN, value: s3cret}]}",
    "exec: {env: [{value: s3cret, name: TOKEN}]}",
    "exec:¶      env:¶      - value: s3cret¶        name: TOKEN",
    "exec: {args: [--token, s3cret]}",
    "exec: {args: [--token, -s3cret, --oidc-client-secret=s3cret, --client-secret, s3cret]}",
    'exec: {args: ["Authorization: Basic s3cret"]}',
    'exec: {args: ["--oidc-issuer-url=https://u:p@s3cret@example.com/"]}',
    "auth-provider: {config: {client-secret: s3cret, refresh-token: s3cret, s3cret: x}}",
    "proxy-url: https://u:s3cret@proxy",
    "username: s3cret # s3cret",
    "s3cret: x",
    "a: &a {token: s3cret}¶    <<: *a",
    "token: s3cret¶  broken: [",
]


def kubeconfig(form: str) -> str:
    return f"{KUBECONFIG}    {form}\n".replace("¶", "\n")


@pytest.mark.slow
def test_the_server_is_sent_no_secret_in_any_form(guest: Shell, liar: Liar) -> None:
    for number, form in enumerate(FORMS):
        (guest.home / f"{number}").write_text(kubeconfig(form))
    (guest.home / "token").write_text("s3cret\n")
    (guest.home / "flags").write_text("--oidc-client-id=mine --token s3cret --oidc-client-secret='s3cret' # s3cret\n")
    before = len(liar.asked)

    guest.run("doctor", *(str(path) for path in guest.home.iterdir() if path.is_file()))

    (asked,) = [line for line in liar.asked[before:] if "/doctor " in line]
    assert "mine" in asked
    assert "s3cret" not in asked


@pytest.mark.parametrize("form", FORMS)
def test_no_form_gets_through(form: str) -> None:
    assert "s3cret" not in body_of(kubeconfig(form))


# Not made smaller where one leaks: that would take minutes.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
LONG = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)


@pytest.mark.slow
@LONG
@given(documents)
def test_no_secret_is_sent(text: str) -> None:
    assert MARK.search(text)
    assert MARK.findall(body_of(text)) == []


@pytest.mark.slow
@LONG
@given(damaged())
def test_no_secret_is_sent_of_what_is_damaged(text: str) -> None:
    assert MARK.findall(body_of(text)) == []

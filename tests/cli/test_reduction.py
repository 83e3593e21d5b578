"""What is sent to the doctor is enough: its rules find in it what they find in the whole."""

from dataclasses import replace
from typing import Any

import pytest
from runai_identity_cli.reduction import authentication as sent_authentication
from runai_identity_cli.reduction import flags as sent_flags
from runai_identity_cli.reduction import kubeconfigs as sent_kubeconfigs
from runai_identity_cli.reduction.files import pieces
from runai_identity_cli.reduction.values import WITHHELD, Redactions, address, name, presence

from clustersync import apiserver
from clustersync.doctor import flags, kubeconfigs, schema
from clustersync.doctor.diagnosis import Finding
from clustersync.kubeconfigs import KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.yaml_for_go import as_yaml
from tests.cli.authorities import AUTHORITY
from tests.clustersync.doctor import CLAIMS, FILE, FLAGS, ISSUER, PERSON, PLUGIN, RIGHT, WEBHOOK, diagnosed
from tests.clustersync.doctor_wrong import WRONG, Wrong
from tests.clustersync.facts import facts
from tests.clustersync.test_doctor_reading import FORMS, HOSTILE

# Of the token of who sends it.
TEXTS = [
    one for value in CLAIMS.values() for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
]


def findings(text: str, **more: Any) -> list[Finding]:
    return list(diagnosed(text, **more).findings)


def found_in_what_is_sent(text: str, **more: Any) -> list[Finding]:
    """The findings, with the lines of the file and what was withheld put back."""
    withheld, found = Redactions(TEXTS), []
    for piece in pieces(text, withheld):
        assert not piece.broken
        found.append((piece.line, piece.text))
    sent: list[str] = []
    lines: dict[int, int] = {}
    line = 1
    for first, part in found:
        lines |= {line + number: first + number for number in range(part.count("\n") + 1)}
        line += part.count("\n") + 2
        sent.append(part)
    answer = findings("\n---\n".join(sent), **more)
    return [as_printed(one, lines, withheld) for one in answer]


def as_printed(finding: Finding, lines: dict[int, int], withheld: Redactions) -> Finding:
    return replace(
        finding,
        line=lines.get(finding.line, finding.line),
        found=withheld.put_back(finding.found),
        write=withheld.put_back(finding.write),
        place=withheld.put_back(finding.place),
        why=withheld.put_back(finding.why),
    )


@pytest.mark.parametrize(
    "wrong", [wrong for wrong in WRONG if wrong.rule not in ("yaml", "json")], ids=lambda wrong: wrong.rule
)
def test_every_rule_finds_what_it_found(wrong: Wrong) -> None:
    more = {"served": wrong.served, "seen": wrong.seen}

    assert found_in_what_is_sent(wrong.text, **more) == findings(wrong.text, **more)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/", f"{ISSUER}?a=b", "https://other.example.com/x", "url"])
def test_flags_are_found_in_every_form(form: str, issuer: str) -> None:
    text = FORMS[form].replace("URL", issuer)

    assert [quiet(one) for one in found_in_what_is_sent(text)] == [quiet(one) for one in findings(text)]


def quiet(finding: Finding) -> Finding:
    """Without the text of what was found, of which a query may have been left out."""
    return replace(finding, found="")


TOGETHER = [FLAGS + FILE, FILE + FLAGS, f"{FLAGS}---\n{FILE}---\n{WEBHOOK}---\n{PERSON}", PERSON + PLUGIN, FILE + FILE]


@pytest.mark.parametrize("text", [*RIGHT.values(), *TOGETHER])
@pytest.mark.parametrize("change", [("", ""), (ISSUER, f"{ISSUER}/"), ("runai-gpu-1", "runai-gpu-2"), ("-cli", "-x")])
def test_files_together_are_taken_apart_as_there(text: str, change: tuple[str, str]) -> None:
    text = text.replace(*change) if change[0] else text

    assert found_in_what_is_sent(text) == findings(text)


def test_what_we_generate_is_as_right_as_before() -> None:
    """Of every distribution, with a real authority."""
    about = facts(public_ca=AUTHORITY, api_ca=AUTHORITY)
    token = "s3cret" * 6
    pastes = [
        snippet.text
        for form in apiserver.AuthenticationForm
        for snippet in apiserver.snippets(about, form, token=token)
    ]
    pastes += [file.text for form in apiserver.AuthenticationForm for file in apiserver.files(about, form, token=token)]
    person = KubeconfigOwner(name="bob@example.com")
    pastes += [as_yaml(kubeconfig([about], person=person, form=form)) for form in list(KubeconfigForm)[:4]]

    assert len(pastes) > 10
    for paste in pastes:
        assert found_in_what_is_sent(paste, served={"authority": AUTHORITY}) == findings(
            paste, served={"authority": AUTHORITY}
        )


def test_a_file_in_a_file_keeps_its_lines() -> None:
    inner = "".join(f"      {line}\n" for line in FILE.replace(ISSUER, f"{ISSUER}/", 1).splitlines())
    text = f"# a comment\nmachine:\n  files:\n  - path: /a.yaml\n    content: |\n{inner}cluster: {{a: b}}\n"

    assert found_in_what_is_sent(text) == findings(text)
    assert found_in_what_is_sent(text)[0].line == text.splitlines().index(f"          url: {ISSUER}/") + 1


@pytest.mark.parametrize("text", HOSTILE)
def test_it_survives_what_was_made_to_hurt(text: str) -> None:
    for piece in pieces(text, Redactions()):
        diagnosed(piece.text)


def keys_of(shape: Any) -> Any:
    """A list is what there is of it."""
    inner = shape[0] if isinstance(shape, list) else shape
    return {key: keys_of(value) for key, value in inner.items()} if isinstance(inner, dict) else None


def test_the_lists_are_those_of_the_doctor() -> None:
    """A flag, field or argument that it learns to read has to be sent too."""
    assert set(sent_flags.FORMS) == flags.KNOWN
    assert keys_of(sent_authentication.SHAPE) == keys_of(schema.SHAPE)
    arguments = (
        kubeconfigs.ISSUER_ARGS,
        kubeconfigs.CLIENT_ARGS,
        kubeconfigs.SECRET_ARGS,
        kubeconfigs.CLUSTER_ARGS,
        kubeconfigs.EXTRA_ARGS,
        kubeconfigs.AUDIENCE_ARGS,
    )
    assert set(sent_kubeconfigs.ARGUMENTS) == {one for some in arguments for one in some}
    for constant in ("ACCESS_TOKEN_ARGS", "SCOPE_ARG", "SCOPE_BEFORE_AUDIENCE", "SERVER_VARIABLE", "AUDIENCE_PARAMS"):
        assert getattr(sent_kubeconfigs, constant) == getattr(kubeconfigs, constant)


ADDRESSES = {
    "https://host.example.com:6443/a/b": "https://host.example.com:6443/a/b",
    "https://u:p@host/": "https://…@host/",
    "https://u:p@ss@host/x": "https://…@host/x",
    "https://u:p%40ss@host": "https://…@host",
    "HTTPS://u@host": "HTTPS://…@host",
    "https://u:p/ss@host": WITHHELD,
    "https://u:p?ss@host": WITHHELD,
    "https://u:p#ss@host": WITHHELD,
    "https://u:p ss@host": WITHHELD,
    "https:\\\\u:p@host": WITHHELD,
    "u:p@host:6443": WITHHELD,
    "https://host/?token=s": f"https://host/?{WITHHELD}",
    "https://host/#s": f"https://host/#{WITHHELD}",
    "https://host/?a=b@s": WITHHELD,
    "https://host/eyJhbGciOiJub25lIn0.e30.": WITHHELD,
    '"https://u:p@host"': '"https://…@host"',
    "url=https://host": "url=https://host",
    "": "",
    "s3cret": WITHHELD,
    "identity.example.com": "identity.example.com",
}


@pytest.mark.parametrize("value", ADDRESSES)
def test_an_address_loses_its_user_or_is_withheld(value: str) -> None:
    assert address(value) == ADDRESSES[value]


def test_values_have_a_form_or_are_withheld() -> None:
    assert [name(value) for value in ("runai-gpu-1", "runai:", "-", "a b", "eyJh.b.c", "x" * 301)] == [
        "runai-gpu-1",
        "runai:",
        "-",
        WITHHELD,
        WITHHELD,
        WITHHELD,
    ]
    assert [presence(value) for value in ("s3cret", "<the token>", "", " ")] == [WITHHELD, f"<{WITHHELD}>", "", " "]

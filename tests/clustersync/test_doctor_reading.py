"""The doctor recognises what was pasted, wherever flags and files are kept, and keeps no secret of it."""

import pytest

from clustersync.doctor.diagnosis import diagnose
from clustersync.doctor.documents import UnreadableDocument
from clustersync.doctor.reading import LONGEST_PASTE, read
from tests.clustersync.doctor import FILE, FLAGS, ISSUER, PERSON, SEEN, SERVED, WEBHOOK

FORMS = {
    "one a line": "--oidc-issuer-url=URL\n--oidc-client-id=A",
    "without dashes": "oidc-issuer-url=URL\noidc-client-id=A",
    "a command line": "kube-apiserver --v=2 --oidc-issuer-url=URL --oidc-client-id A --etcd-servers=x",
    "a shell's quotes": """kube-apiserver --oidc-issuer-url='URL' \\\n  "--oidc-client-id=A" """,
    "a unit's environment": 'KUBE_API_ARGS="--oidc-issuer-url=URL --oidc-client-id=A"',
    "k3s' own command line": "k3s --kube-apiserver-arg=oidc-issuer-url=URL --kube-apiserver-arg oidc-client-id=A",
    "k3s and RKE2": 'kube-apiserver-arg:\n  - "oidc-issuer-url=URL"\n  - oidc-client-id=A',
    "kubeadm's map": "apiServer:\n  extraArgs:\n    oidc-issuer-url: URL\n    oidc-client-id: A",
    "kubeadm's list": "apiServer:\n  extraArgs:\n  - name: oidc-issuer-url\n    value: URL\n"
    "  - {name: oidc-client-id, value: A}",
    "kubeadm's ConfigMap": "kind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    apiServer:\n      extraArgs:\n"
    "        oidc-issuer-url: URL\n        oidc-client-id: A",
    "RKE1": 'services:\n  kube-api:\n    extra_args: {oidc-issuer-url: URL, oidc-client-id: "A"}',
    "Talos": "cluster:\n  apiServer:\n    extraArgs:\n      oidc-issuer-url: URL\n      oidc-client-id:\n      - A",
    "a static pod": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n"
    "    - --oidc-issuer-url=URL\n    - --oidc-client-id\n    - A",
    "a piece of a manifest": "    - --oidc-issuer-url=URL\n    - --oidc-client-id=A",
    "JSON by tabs": '{\n\t"command": [\n\t\t"--oidc-issuer-url=URL",\n\t\t"--oidc-client-id=A"\n\t]\n}',
    "Windows' line ends": "--oidc-issuer-url=URL\r\n--oidc-client-id=A\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_it_finds_flags_in_every_form(form: str) -> None:
    parsed = read(FORMS[form].replace("URL", ISSUER))

    issuer, audience = parsed.flag("oidc-issuer-url"), parsed.flag("oidc-client-id")
    assert issuer and issuer.value == ISSUER
    assert audience and audience.value == "A"


def test_it_knows_the_line_of_each_in_a_paste_of_several() -> None:
    text = f"{FLAGS}---\n{FILE}---\n{WEBHOOK}---\n{PERSON}"
    parsed = read(text)
    lines = text.splitlines()

    assert parsed.webhook and parsed.webhook.server
    assert "tokenreview" in lines[parsed.webhook.server.line - 1]
    assert parsed.people[0].issuer and "--oidc-issuer-url" in lines[parsed.people[0].issuer.line - 1]
    assert [entry.kind for entry in parsed.entries] == ["flags", "configuration"]
    assert all(entry.issuer and ISSUER in lines[entry.issuer.line - 1] for entry in parsed.entries)


def test_it_takes_flags_and_a_file_pasted_together_apart() -> None:
    assert [entry.kind for entry in read(FLAGS + FILE).entries] == ["flags", "configuration"]
    assert [entry.kind for entry in read(FILE + FLAGS).entries] == ["flags", "configuration"]


def test_it_finds_a_file_in_a_talos_document() -> None:
    indented = "".join(f"      {line}\n" for line in FILE.splitlines())
    as_text = f"machine:\n  files:\n  - path: /a.yaml\n    content: |\n{indented}cluster: {{a: b}}\n"
    as_part = f"kind: KubeAuthenticationConfig\nconfiguration:\n{indented}"

    for text in (as_text, as_part):
        (entry,) = read(text).entries
        assert entry.issuer and ISSUER in text.splitlines()[entry.issuer.line - 1]
        assert read(text).problems == ()


SECRETS = [
    "--oidc-client-secret=s3cret --oidc-client-id=a",
    "--oidc-issuer-url=https://user:s3cret@example.com/",
    "--oidc-issuer-url=https://user:p@s3cret@example.com/",
    "--oidc-issuer-url=https://user:p/s3cret@example.com/",
    "--oidc-issuer-url=https://user:p?s3cret@example.com/",
    "--oidc-issuer-url=https://user:p#s3cret@example.com/",
    "--oidc-issuer-url=https:user:s3cret@example.com/",
    "--oidc-issuer-url=user:s3cret@example.com",
    "--oidc-client-id=eyJhbGciOiJub25lIn0.eyJzM2NyZXQiOjF9.s3cret",
    WEBHOOK,
    PERSON.replace("- get-token", "- get-token\n      - --oidc-client-secret=s3cret\n      - --token=s3cret"),
    PERSON.replace("    exec:", "    token: s3cret\n    client-key-data: s3cret\n    password: s3cret\n    exec:"),
    "users: [{user: {auth-provider: {config: {client-secret: s3cret, refresh-token: s3cret}}}}]\nclusters: [1]",
]


@pytest.mark.parametrize("text", SECRETS)
def test_it_keeps_no_secret(text: str) -> None:
    assert "s3cret" in text

    parsed = read(text)

    assert parsed.recognised
    assert "s3cret" not in str(parsed)


HOSTILE = [
    "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "[" * 5_000,
    "{a: " * 3_000,
    "!!python/object/apply:os.system ['true']",
    "a: b: c",
    "\x00\x01",
    "- [",
    "? {a: b}\n: c",
    "jwt: 3\nkind: AuthenticationConfiguration",
    "kind: Config\nusers: 1\nclusters: [1, {}, {cluster: 3}]\ncontexts: {}",
    "kind: List\nitems: 3",
    "users: [{user: {exec: {args: [1, {}, []]}}}]\nclusters: [2]",
    "--oidc-issuer-url",
    "--oidc-issuer-url='",
    "https://[::1",
    "--oidc-issuer-url=https://a@[::1",
    "clusters: [{name: a, cluster: {server: 'https://[::1/tokenreview'}}]\nusers: []",
    "clusters: [{name: a, cluster: {server: 'https://[::1'}}]\nusers: [{name: b}, {name: c}]\n"
    "contexts: [{name: a, context: {cluster: a, user: b}}]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_survives_what_was_made_to_hurt(text: str) -> None:
    diagnose(read(text), SERVED, SEEN)


MANY = [
    "--x\n",
    "eyJ",
    "a\n",
    "---\n",
    "--oidc-client-id=a\n---\n",
    "--oidc-issuer-url=https://user:p@s3cret@example.com/",
    "--oidc-issuer-url=https://user:p/s3cret@example.com/",
    "--oidc-issuer-url=https://user:p?s3cret@example.com/",
    "--oidc-issuer-url=https://user:p#s3cret@example.com/",
    "--oidc-issuer-url=https:user:s3cret@example.com/",
    "--oidc-issuer-url=user:s3cret@example.com",
    "--oidc-client-id=eyJ",
    "kind: a\n",
    "'",
    "- a: |\n",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", MANY)
def test_it_reads_what_was_made_to_take_long_at_once(piece: str) -> None:
    diagnose(read(piece * ((LONGEST_PASTE - 1) // len(piece))), SERVED, SEEN)


def test_it_reads_a_file_in_a_file_once() -> None:
    nested = "".join(f"{' ' * depth}a: |\n" for depth in range(400))

    assert read(nested).recognised == ()


def test_it_refuses_what_is_too_long() -> None:
    with pytest.raises(UnreadableDocument, match="128 KiB"):
        read("x" * (LONGEST_PASTE + 1))

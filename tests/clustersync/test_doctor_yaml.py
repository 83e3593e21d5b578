"""YAML is read as Kubernetes reads it, by the doctor and by the command line alike."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runai_identity_cli.reduction import documents as sent

from clustersync.doctor import documents
from clustersync.yaml_for_go import plain_type

LIKE_VALUES = st.one_of(
    st.text(alphabet="0123456789+-._eExXoOabfn:~", max_size=8),
    st.sampled_from(
        ["y", "Y", "yes", "YES", "n", "No", "on", "OFF", "true", "False", "tRUE", "null", "Null", "~", "<<"]
    ),
)
TAGS = {sent.NULL: "nothing", sent.TRUTH: "truth", sent.NUMBER: "number", "": "text"}

BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "a page that stands for a terabyte": BOMB,
    "an alias of what comes later": "a: *b\nb: &b 1\n",
    "a list in itself": "a: &a [*a]\n",
    "nesting": "[" * 60 + "]" * 60,
    "YAML 1.2": "%YAML 1.2\n---\na: b\n",
    "what is no base64": "a: !!binary '%'\n",
}
# A document, and what is read of it.
READ = {
    "an alias": ("a: &x {b: c}\nd: *x\n", {"a": {"b": "c"}, "d": {"b": "c"}}),
    "merged keys": ("a: &x {b: c}\nd: {<<: *x, e: f}\n", {"a": {"b": "c"}, "d": {"b": "c", "e": "f"}}),
    "several merged": ("d: {<<: [{a: b}, {c: d}]}\n", {"d": {"a": "b", "c": "d"}}),
    "the first document": ("a: b\n...\n---\n[\n", {"a": "b"}),
    "base64": ("a: !!binary aGVsbG8=\n", {"a": "hello"}),
    "YAML 1.1": ("%YAML 1.1\n---\na: b\n", {"a": "b"}),
    "a complex key": ("? a\n: b\n", {"a": "b"}),
}
# Of a broken document, what the command line says of it.
SAID = {
    "a: [s3cret, b\n": "',' or ']'",
    "a: {s3cret: b\n": "',' or '}'",
    "a: b\n s3cret: d\n": "mapping values are not allowed",
    "a: 'b\n": "unexpected end",
}


@given(LIKE_VALUES)
def test_both_take_a_scalar_for_the_same(plain: str) -> None:
    assert plain_type(plain) == TAGS[sent.plain_tag(plain)]


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_made_to_hurt_is_refused_at_once(name: str) -> None:
    began = time.monotonic()

    with pytest.raises(documents.UnreadableDocument):
        documents.parse(REFUSED[name])
    with pytest.raises(sent.Unreadable):
        sent.parse(REFUSED[name])

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", READ)
def test_it_reads_what_kubernetes_reads(name: str) -> None:
    text, value = READ[name]

    assert plain(documents.parse(text)) == plain(sent.parse(text)) == value


@pytest.mark.parametrize("text", SAID)
def test_what_is_said_of_a_broken_file_has_its_marks_and_nothing_of_its_text(text: str) -> None:
    with pytest.raises(sent.Unreadable) as raised:
        sent.parse(text)

    assert SAID[text] in str(raised.value)
    assert "s3cret" not in str(raised.value)


def plain(item: documents.Item | sent.Item) -> object:
    if item.keys:
        return {key: plain(child) for key, child in item.keys.items()}
    return [plain(child) for child in item.items] or item.value

"""The documents of secret_documents as texts: in YAML of every style, as command lines, and damaged."""

from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.cli.secret_documents import authentications, between, kubeconfigs, manifests, marks, secrets, texts

STYLES = [None, "'", '"', "|", ">"]


@st.composite
def as_yaml(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> str:
    """One document or several, each value in some style; with anchors, tags, an alias or a merge key at times."""
    out = []
    for found in draw(st.lists(documents, min_size=1, max_size=2)):
        events = [
            yaml.StreamStartEvent(),
            yaml.DocumentStartEvent(explicit=draw(st.booleans())),
            *_events(draw, found),
            yaml.DocumentEndEvent(explicit=False),
            yaml.StreamEndEvent(),
        ]
        width = draw(st.sampled_from([20, 80, 100_000]))
        out.append(yaml.emit(events, width=width, allow_unicode=draw(st.booleans())))
    comment = f"# token: {draw(secrets)}\n"
    return comment + f"---\n{comment}".join(out)


def _events(draw: st.DrawFn, found: Any) -> Iterator[Any]:
    flow = draw(st.booleans())
    anchor = draw(st.sampled_from([None] * 12 + [draw(marks)]))
    if isinstance(found, dict):
        yield yaml.MappingStartEvent(anchor, None, True, flow_style=flow)
        for key, value in found.items():
            yield from _events_of(draw, str(key), None)
            yield from _events(draw, value)
        yield yaml.MappingEndEvent()
    elif isinstance(found, list):
        yield yaml.SequenceStartEvent(anchor, None, True, flow_style=flow)
        for value in found:
            yield from _events(draw, value)
        yield yaml.SequenceEndEvent()
    else:
        yield from _events_of(draw, str(found), anchor)


def _events_of(draw: st.DrawFn, text: str, anchor: str | None) -> Iterator[Any]:
    tag = draw(st.sampled_from([None] * 8 + ["tag:yaml.org,2002:str", "!secret", "tag:yaml.org,2002:binary"]))
    yield yaml.ScalarEvent(anchor, tag, (tag is None, tag is None), text, style=draw(st.sampled_from(STYLES)))


QUOTES = ["{}", "'{}'", '"{}"', "$'{}'"]


LINES = [
    "--token={}",
    "--token {}",
    "--oidc-client-secret={}",
    "--oidc-client-secret {}",
    "TOKEN={}",
    "export API_KEY={}",
    "Environment={}",
    "-H Authorization:{}",
    "Authorization: Bearer {}",
    "--etcd-servers=https://u:{}@etcd",
    "--oidc-issuer-url=https://u:{}@h",
    "{}",
    "ExecStart=/bin/kube-apiserver --password {}",
    "KUBE_API_ARGS=--token={}",
    "# {}",
    "password: {}",
    "curl -u {}",
]


@st.composite
def command_lines(draw: st.DrawFn) -> str:
    """Flags and a unit's file: --flag=value, --flag value, variables, headers, and what stands beside them."""
    parts = ["--oidc-client-id=a", "--oidc-issuer-url=https://identity.example.com"]
    for form in draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=5)):
        parts.insert(draw(st.integers(0, len(parts))), form.format(draw(st.sampled_from(QUOTES)).format(draw(secrets))))
    return "".join(part + draw(st.sampled_from([" ", "\n", " \\\n  "])) for part in parts)


documents = st.one_of(
    as_yaml(kubeconfigs),
    as_yaml(authentications),
    as_yaml(manifests),
    command_lines(),
    texts,
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """With a character too few or too many, or cut off."""
    text: str = draw(documents)
    place = draw(st.integers(0, len(text)))
    return draw(
        st.sampled_from([text[:place] + text[place + 1 :], text[:place], text[:place] + draw(between) + text[place:]])
    )

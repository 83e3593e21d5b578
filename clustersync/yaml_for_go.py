"""YAML as Kubernetes reads it: kubectl, kube-apiserver and every operator parse it in Go.

Source: sigs.k8s.io/yaml and its go-yaml, whose plain scalars are those of YAML 1.1 and 1.2 together.
"""

import re
from typing import Any, Literal

import yaml

# Read as numbers or booleans there and as text by PyYAML, which so writes them without quotes: 1e3, 0o17, .5, y.
# go-yaml's table of words, and its numbers: what strconv.ParseInt takes with any base, and its own form of decimals.
_TRUTHS = re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF")
_NOTHING = re.compile(r"|~|null|Null|NULL")
_INTEGER = re.compile(r"[-+]?(?:[0-9]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)")
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

_AMBIGUOUS = re.compile(r"[-+]?\.?[0-9].*|[-+]?\.inf|\.nan|y|n|yes|no|on|off|true|false|null|~", re.I | re.S)


def plain_type(plain: str) -> Literal["text", "number", "truth", "nothing"]:
    """Return what Kubernetes takes a scalar without quotes and tag for; of a date it makes a text.

    Source: sigs.k8s.io/yaml/goyaml.v2, resolve.go. PyYAML knows y, 0o17, 09 and 1e3 as texts, and 1:30 as a number.
    """
    if _NOTHING.fullmatch(plain):
        return "nothing"
    if _TRUTHS.fullmatch(plain):
        return "truth"
    digits = plain.replace("_", "") if plain[:1] in "+-0123456789" else plain
    return "number" if _INTEGER.fullmatch(digits) or _DECIMAL.fullmatch(digits) else "text"


class _Dumper(yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper):  # type: ignore[misc]  # one of two
    """Without anchors, which few expect and which objects that share parts would be full of."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if _AMBIGUOUS.fullmatch(text) else None
    exact = str.__str__(text)  # libyaml takes no subclass
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", exact, style=style)
    return node


_Dumper.add_representer(str, _represent_text)
_Dumper.add_multi_representer(str, _represent_text)  # a Wording is a text too


def as_yaml(value: object) -> str:
    """One document. Several lines of text are written as lines of text."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return text


def as_documents(values: Any) -> str:
    """Return a stream of documents, each begun by a line of ---."""
    text: str = yaml.dump_all(
        values, Dumper=_Dumper, sort_keys=False, explicit_start=True, width=1000, allow_unicode=True
    )
    return text

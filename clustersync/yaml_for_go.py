"""YAML as Kubernetes reads it: kubectl, kube-apiserver and every operator parse it in Go.

Source: sigs.k8s.io/yaml and its go-yaml, whose plain scalars are those of YAML 1.1 and 1.2 together.
"""

import re
from typing import Any

import yaml

# Read as numbers or booleans there and as text by PyYAML, which so writes them without quotes: 1e3, 0o17, .5, y.
_AMBIGUOUS = re.compile(r"[-+]?\.?[0-9].*|[-+]?\.inf|\.nan|y|n|yes|no|on|off|true|false|null|~", re.I | re.S)


class _Dumper(yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper):  # type: ignore[misc]  # one of two
    """Without anchors, which few expect and which objects that share parts would be full of."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if _AMBIGUOUS.fullmatch(text) else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_Dumper.add_representer(str, _represent_text)


def as_yaml(value: object) -> str:
    """One document. Several lines of text are written as lines of text."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return text


def as_documents(values: Any) -> str:
    """A stream of documents, each begun by a line of ---."""
    text: str = yaml.dump_all(
        values, Dumper=_Dumper, sort_keys=False, explicit_start=True, width=1000, allow_unicode=True
    )
    return text

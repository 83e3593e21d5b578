import json
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from clustersync.apiserver.arguments import File

NO_WEBHOOK = (
    "It has no webhook for tokens: access that was withdrawn ends when the token does. Choose the mode “by itself”"
    " for this cluster, so that we say so where people are disabled."
)


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """`path` is the file in which the text stands, or what takes it; `files` lie beside it before anything restarts.

    A snippet without a text says why there is none.
    """

    name: str
    distribution: str
    title: str
    path: str
    text: str
    restarts: str
    note: str = ""
    files: Sequence[File] = ()

    @property
    def file_name(self) -> str:
        """Under which it is downloaded."""
        return f"{self.name}.{'json' if self.text.startswith('{') else 'yaml'}"


def as_yaml(value: object, *, above: str = "") -> str:
    """With lines of comment above, where there are any."""
    comment = "".join(f"# {line}\n" for line in above.splitlines())
    return comment + yaml.dump(value, Dumper=_Readable, sort_keys=False, width=1000, allow_unicode=True)


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class _Readable(yaml.SafeDumper):
    """Several lines of text as lines of text, and nothing by reference."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _written)

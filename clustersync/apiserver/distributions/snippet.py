import json
from collections.abc import Sequence
from dataclasses import dataclass

from clustersync import yaml_for_go
from clustersync.apiserver.arguments import File
from common.wording import Wording

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

    def __post_init__(self) -> None:
        """Let pages show in the reader's language what is said about the text."""
        for name in ("title", "path", "restarts", "note"):
            object.__setattr__(self, name, Wording.of(getattr(self, name)))

    @property
    def file_name(self) -> str:
        """Under which it is downloaded."""
        return f"{self.name}.{'json' if self.text.startswith('{') else 'yaml'}"


def sentences(*parts: str) -> Wording:
    """Join sentences, each of which is translated by itself."""
    return Wording.joined(" ", [Wording.of(part) for part in parts if part])


def as_yaml(value: object, *, above: str = "") -> str:
    """With lines of comment above, where there are any."""
    comment = "".join(f"# {line}\n" for line in above.splitlines())
    return comment + yaml_for_go.as_yaml(value)


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

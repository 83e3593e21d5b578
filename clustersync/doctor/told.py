"""What an API server or somebody's kubectl was told: each value with the place where it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

VALUE = "{value}"
NAME = "{name}"
FLAG = "--{name}={value}"
LONGEST = 300

SOMEBODY = "…@"
USER = re.compile(r"(?<=://)[^/?#\s]*@")
ADDRESS = re.compile(r"\W{0,4}(?:url=)?[A-Za-z][A-Za-z0-9+.-]{0,20}:")
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+(\.[\w-]*)?")


@dataclass(frozen=True)
class Said:
    """`template` is the line as written, with {value} in place of the value. `line` counts from 1; 0 is nowhere."""

    value: str
    line: int
    template: str = VALUE
    place: str = ""

    @property
    def text(self) -> str:
        return self.writing(self.value)

    def writing(self, value: str) -> str:
        return self.template.replace(VALUE, value)


@dataclass(frozen=True)
class Flag:
    """`style` is how flags are written where it was found: --{name}={value}, or {name}: "{value}"."""

    name: str
    said: Said
    style: str


@dataclass(frozen=True)
class Expression:
    """One in CEL and what it is for; `key` is that of an extra."""

    said: Said
    use: Literal["username", "groups", "uid", "extra", "claim rule", "user rule"]
    text: str
    key: str = ""


@dataclass(frozen=True)
class Violation:
    """What the form of a file does not allow, by the rule that tells of it. `index` is that of the issuer, or -1."""

    rule: str
    found: Said | None
    write: str
    why: str
    place: str = ""
    index: int = -1


@dataclass(frozen=True)
class Entry:
    """One who signs tokens, as the API server knows them: the --oidc-* flags, or an item of `jwt`.

    `missing` tells by the name of a field how one writes it where there is none yet.
    """

    kind: Literal["flags", "configuration", "nothing"] = "nothing"
    index: int = 0
    line: int = 0
    issuer: Said | None = None
    discovery_url: Said | None = None
    audiences: Sequence[Said] = ()
    match_policy: Said | None = None
    egress: Said | None = None
    authority: Said | None = None
    authority_text: str = ""
    username_claim: Said | None = None
    username_prefix: Said | None = None
    username_expression: Said | None = None
    groups_claim: Said | None = None
    groups_prefix: Said | None = None
    groups_expression: Said | None = None
    uid_claim: Said | None = None
    algorithms: Said | None = None
    required: Sequence[Said] = ()
    expressions: Sequence[Expression] = ()
    guards: int = 0
    style: str = FLAG

    def missing(self, flag: str, path: str, value: str) -> Said:
        """A line that should be there: by the flag's name, or by its path in the configuration."""
        if self.kind == "configuration":
            parent, _, key = path.rpartition(".")
            return Said(value, 0, f'{key}: "{{value}}"', f"under jwt[{self.index}]" + (f".{parent}" if parent else ""))
        return Said(value, 0, self.style.replace(NAME, flag), "beside the other flags")


@dataclass(frozen=True)
class Webhook:
    """The file by which the API server reaches us.

    Of its token only: is there one, or what stands in its place? `digest` is "" where it was not sent.
    """

    line: int = 0
    server: Said | None = None
    credential: Literal["given", "placeholder", "none"] = "none"
    digest: str = field(default="", repr=False)
    has_authority: bool = False
    insecure: Said | None = None
    broken_context: Said | None = None


@dataclass(frozen=True)
class Person:
    """A user of a kubeconfig, and the cluster that its context names."""

    name: Said
    way: Literal["exec", "auth-provider", "token", "certificate", "nothing"] = "nothing"
    command: str = ""
    api_version: Said | None = None
    interactive: bool = False
    issuer: Said | None = None
    client_id: Said | None = None
    secret: Said | None = None
    audiences: Sequence[Said] = ()
    cluster: Said | None = None
    sends_access_token: bool = False
    token: Said | None = None
    certificate: Said | None = None
    server: Said | None = None
    insecure: Said | None = None


@dataclass(frozen=True)
class Pod:
    """What an API server in a pod sees of its machine. `is_whole`: every flag of it was pasted, not some."""

    line: int
    mounts: Sequence[str] = ()
    without_volume: Sequence[Said] = ()
    is_whole: bool = False


@dataclass(frozen=True)
class Told:
    recognised: Sequence[str] = ()
    problems: Sequence[Said] = ()
    flags: Sequence[Flag] = ()
    unknown_flags: Sequence[Said] = ()
    quoted: Sequence[Said] = ()
    entries: Sequence[Entry] = ()
    api_version: Said | None = None
    unknown_fields: Sequence[Said] = ()
    newer_fields: Sequence[tuple[Said, tuple[int, int]]] = ()
    violations: Sequence[Violation] = ()
    anonymous: Said | None = None
    authorizers: Sequence[Said] = ()
    pods: Sequence[Pod] = ()
    webhook: Webhook | None = None
    people: Sequence[Person] = ()

    def flag(self, name: str) -> Said | None:
        """The last of a name, as it is the one that counts."""
        return next((flag.said for flag in reversed(self.flags) if flag.name == name), None)

    @property
    def style(self) -> str:
        return self.flags[0].style if self.flags else FLAG

    def missing_flag(self, name: str, value: str) -> Said:
        return Said(value, 0, self.style.replace(NAME, name), "beside the other flags")


def merge(first: Told, second: Told) -> Told:
    return replace(
        first,
        recognised=(*first.recognised, *second.recognised),
        problems=(*first.problems, *second.problems),
        flags=(*first.flags, *second.flags),
        unknown_flags=(*first.unknown_flags, *second.unknown_flags),
        quoted=(*first.quoted, *second.quoted),
        entries=(*first.entries, *second.entries),
        api_version=first.api_version or second.api_version,
        unknown_fields=(*first.unknown_fields, *second.unknown_fields),
        newer_fields=(*first.newer_fields, *second.newer_fields),
        violations=(*first.violations, *second.violations),
        anonymous=first.anonymous or second.anonymous,
        authorizers=(*first.authorizers, *second.authorizers),
        pods=(*first.pods, *second.pods),
        webhook=first.webhook or second.webhook,
        people=(*first.people, *second.people),
    )


def clean(value: str) -> str:
    """A value that may be shown: no user name or password in an address, no token, no more than a line of it."""
    # Cut first: what looks for a token in a page of eyJ takes minutes.
    value = JWT.sub("…", value[: 10 * LONGEST])
    value = USER.sub(SOMEBODY, value, count=1)
    if "@" in value.replace(SOMEBODY, "", 1) and ADDRESS.match(value):
        return "…"  # more of a user than an address may have: nobody knows where it ends
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def address_of(url: str) -> str:
    """Host and port of what may be no URL at all; then nothing."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""

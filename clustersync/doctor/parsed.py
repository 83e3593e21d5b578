"""The settings parsed from pasted files: each value with the place where it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

from common.wording import Wording

VALUE = "{value}"
NAME = "{name}"
FLAG = "--{name}={value}"
LONGEST = 300

# Given more than once, they are taken together.
LISTS = frozenset({"api-audiences", "authorization-mode", "feature-gates", "oidc-signing-algs"})
FILES = (
    "authentication-config",
    "authentication-token-webhook-config-file",
    "authorization-config",
    "authorization-policy-file",
    "authorization-webhook-config-file",
    "egress-selector-config-file",
)

SOMEBODY = "…@"
USER = re.compile(r"(?<=://)[^/?#\s]*@")
ADDRESS = re.compile(r"\W{0,4}(?:url=)?[A-Za-z][A-Za-z0-9+.-]{0,20}:")
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+(\.[\w-]*)?")


@dataclass(frozen=True)
class Setting:
    """A value with its place in the paste.

    `template` is the line as written, with {value} in place of the value. `line` counts from 1; 0 is nowhere.
    """

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
    setting: Setting
    style: str


@dataclass(frozen=True)
class Expression:
    """One in CEL and what it is for; `key` is that of an extra."""

    setting: Setting
    use: Literal["username", "groups", "uid", "extra", "claim rule", "user rule"]
    text: str
    key: str = ""


@dataclass(frozen=True)
class Violation:
    """A violation of a file's form, by the rule that tells of it. `index` is that of the issuer, or -1."""

    rule: str
    found: Setting | None
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
    issuer: Setting | None = None
    discovery_url: Setting | None = None
    audiences: Sequence[Setting] = ()
    match_policy: Setting | None = None
    egress: Setting | None = None
    authority: Setting | None = None
    authority_text: str = ""
    username_claim: Setting | None = None
    username_prefix: Setting | None = None
    username_expression: Setting | None = None
    groups_claim: Setting | None = None
    groups_prefix: Setting | None = None
    groups_expression: Setting | None = None
    uid_claim: Setting | None = None
    algorithms: Setting | None = None
    required: Sequence[Setting] = ()
    expressions: Sequence[Expression] = ()
    guards: int = 0
    style: str = FLAG

    def missing(self, flag: str, path: str, value: str) -> Setting:
        """Return a line that should be there: by the flag's name, or by its path in the configuration."""
        if self.kind == "configuration":
            parent, _, key = path.rpartition(".")
            return Setting(
                value,
                0,
                f'{key}: "{{value}}"',
                Wording("under {path}", path=f"jwt[{self.index}]" + (f".{parent}" if parent else "")),
            )
        return Setting(value, 0, self.style.replace(NAME, flag), "beside the other flags")


@dataclass(frozen=True)
class Webhook:
    """The file by which the API server reaches us.

    Of its token only: is there one, or what stands in its place? `digest` is "" where it was not sent.
    """

    line: int = 0
    server: Setting | None = None
    credential: Literal["given", "placeholder", "none"] = "none"
    digest: str = field(default="", repr=False)
    has_authority: bool = False
    insecure: Setting | None = None
    broken_context: Setting | None = None


@dataclass(frozen=True)
class KubeconfigUser:
    """A user of a kubeconfig, and the cluster that its context names."""

    name: Setting
    way: Literal["exec", "auth-provider", "token", "certificate", "nothing"] = "nothing"
    command: str = ""
    api_version: Setting | None = None
    interactive: bool = False
    issuer: Setting | None = None
    client_id: Setting | None = None
    secret: Setting | None = None
    audiences: Sequence[Setting] = ()
    cluster: Setting | None = None
    sends_access_token: bool = False
    token: Setting | None = None
    certificate: Setting | None = None
    server: Setting | None = None
    insecure: Setting | None = None


@dataclass(frozen=True)
class Pod:
    """The machine as an API server in a pod sees it. `is_whole`: every flag of it was pasted, not some."""

    line: int
    mounts: Sequence[str] = ()
    without_volume: Sequence[Setting] = ()
    is_whole: bool = False


@dataclass(frozen=True)
class Parsed:
    """Everything read from one paste."""

    recognised: Sequence[str] = ()
    problems: Sequence[Setting] = ()
    flags: Sequence[Flag] = ()
    unknown_flags: Sequence[Setting] = ()
    quoted: Sequence[Setting] = ()
    strays: Sequence[Setting] = ()
    entries: Sequence[Entry] = ()
    api_version: Setting | None = None
    unknown_fields: Sequence[Setting] = ()
    newer_fields: Sequence[tuple[Setting, tuple[int, int]]] = ()
    violations: Sequence[Violation] = ()
    anonymous: Setting | None = None
    authorizers: Sequence[Setting] = ()
    second_file: Setting | None = None
    authorization: Setting | None = None
    conditions: Setting | None = None
    pods: Sequence[Pod] = ()
    webhook: Webhook | None = None
    people: Sequence[KubeconfigUser] = ()

    def flag(self, name: str) -> Setting | None:
        return said_of(self.flags, name)

    @property
    def style(self) -> str:
        return self.flags[0].style if self.flags else FLAG

    def missing_flag(self, name: str, value: str) -> Setting:
        return Setting(value, 0, self.style.replace(NAME, name), "beside the other flags")


def said_of(flags: Sequence[Flag], name: str) -> Setting | None:
    """Return the setting that counts: the last of its name, or a list of all. An empty file is none."""
    setting = [flag.setting for flag in flags if flag.name == name]
    if not setting or (name in FILES and not setting[-1].value):
        return None
    return replace(setting[-1], value=",".join(one.value for one in setting)) if name in LISTS else setting[-1]


def merge(first: Parsed, second: Parsed) -> Parsed:
    return replace(
        first,
        recognised=(*first.recognised, *second.recognised),
        problems=(*first.problems, *second.problems),
        flags=(*first.flags, *second.flags),
        unknown_flags=(*first.unknown_flags, *second.unknown_flags),
        quoted=(*first.quoted, *second.quoted),
        strays=(*first.strays, *second.strays),
        entries=(*first.entries, *second.entries),
        api_version=first.api_version or second.api_version,
        unknown_fields=(*first.unknown_fields, *second.unknown_fields),
        newer_fields=(*first.newer_fields, *second.newer_fields),
        violations=(*first.violations, *second.violations),
        anonymous=first.anonymous or second.anonymous,
        authorization=first.authorization or second.authorization,
        conditions=first.conditions or second.conditions,
        authorizers=(*first.authorizers, *second.authorizers),
        pods=(*first.pods, *second.pods),
        webhook=first.webhook or second.webhook,
        people=(*first.people, *second.people),
    )


def clean(value: str) -> str:
    """Return a value that may be shown: no user name or password in an address, no token, no more than a line of it."""
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

"""Define a rule: a question about one line, which answers with the fault in it, or with nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from urllib.parse import urlsplit

from clustersync.doctor.judging import Tries
from clustersync.doctor.parsed import Entry, KubeconfigUser, Parsed, Setting
from clustersync.doctor.served import Observed, Served
from common.wording import Wording


class Severity(Enum):
    """An error keeps people out, or lets in who should not be; with a warning it works, for now or not as it should."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Fault:
    """`found` is the line as it stands, None where one is missing; `write` is what should stand there."""

    found: Setting | None
    write: str
    why: str
    place: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything a rule may look at; `person` where there are several is asked about one after the other."""

    parsed: Parsed
    served: Served
    seen: Observed
    person: KubeconfigUser | None = None
    tries: Tries = field(default_factory=Tries)

    @cached_property
    def entry(self) -> Entry:
        """Return the entry that is meant for us: by its host, or because there is no other."""
        ours = urlsplit(self.served.issuer).hostname or ""
        named = [entry for entry in self.parsed.entries if entry.issuer and ours in entry.issuer.value.lower()]
        return next(iter((*named, *self.parsed.entries)), Entry())

    @property
    def someone(self) -> KubeconfigUser:
        return self.person or KubeconfigUser(Setting("", 0))


@dataclass(frozen=True)
class Given:
    """The input without which a rule can't be asked; `absent` says what was not there."""

    absent: str
    holds: Callable[[Evidence], bool]


@dataclass(frozen=True)
class DoctorRule:
    """`title` says what is so when all is well."""

    id: str
    severity: Severity
    title: str
    given: Given
    check: Callable[[Evidence], Fault | None]


Check = Callable[[Evidence], Fault | None]

ANYTHING = Given("", lambda evidence: True)
FLAGS = Given(
    "no flags of kube-apiserver were pasted",
    lambda evidence: bool(evidence.parsed.flags or evidence.parsed.unknown_flags or evidence.parsed.strays),
)
SERVER = Given(
    "nothing of an API server was pasted",
    lambda evidence: bool(evidence.parsed.flags or evidence.parsed.unknown_flags or evidence.parsed.api_version),
)
ENTRY = Given(
    "neither --oidc-* flags nor an AuthenticationConfiguration were pasted",
    lambda evidence: evidence.entry.kind != "nothing",
)
CONFIGURATION = Given(
    "no AuthenticationConfiguration was pasted", lambda evidence: evidence.parsed.api_version is not None
)
AUTHORIZATION = Given(
    "no AuthorizationConfiguration was pasted", lambda evidence: evidence.parsed.authorization is not None
)
EXPRESSIONS = Given(
    "no expression was pasted", lambda evidence: any(entry.expressions for entry in evidence.parsed.entries)
)
TRIED = Given(
    "nobody was named whose token could be tried",
    lambda evidence: evidence.served.sample is not None and evidence.entry.kind == "configuration",
)
GROUPS = Given(
    "nobody was named whose groups could be counted, or the cluster reads no groups in tokens",
    lambda evidence: (
        evidence.served.sample is not None and evidence.served.knows_groups and evidence.entry.kind != "nothing"
    ),
)
POD = Given("no pod of kube-apiserver was pasted", lambda evidence: bool(evidence.parsed.pods))
WEBHOOK_FLAGS = Given(
    "no flags of a webhook were pasted",
    lambda evidence: any(flag.name.startswith("authentication-token-webhook") for flag in evidence.parsed.flags),
)
WEBHOOK = Given("the webhook's kubeconfig was not pasted", lambda evidence: evidence.parsed.webhook is not None)
KUBECONFIG = Given("no kubeconfig of people was pasted", lambda evidence: bool(evidence.parsed.people))
PERSON = Given("no kubeconfig of people for this cluster was pasted", lambda evidence: evidence.person is not None)
DISCOVERY = Given("nobody looked at the issuer's address", lambda evidence: evidence.seen.failure is not None)
ANSWERED = Given("the issuer's address did not answer", lambda evidence: evidence.seen.status is not None)
JWKS = Given("nobody fetched the keys", lambda evidence: evidence.seen.kids is not None)


def rule(id: str, severity: Severity, title: str, *, given: Given = ANYTHING) -> Callable[[Check], DoctorRule]:
    return lambda check: DoctorRule(id, severity, Wording.of(title), given, check)


def measured(what: str, value: Callable[[Observed], object]) -> Given:
    return Given(Wording("nobody measured {what}", what=what), lambda evidence: value(evidence.seen) is not None)


def instead(setting: Setting, value: str, why: str) -> Fault:
    """Return a fault that writes the same line with another value."""
    return Fault(setting, setting.writing(value), why, setting.place)


def missing(setting: Setting, why: str) -> Fault:
    """Return the fault of a line that is missing."""
    return Fault(None, setting.text, why, setting.place)


def without(setting: Setting, why: str) -> Fault:
    return Fault(setting, "(remove the line)", why, setting.place)

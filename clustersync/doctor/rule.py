"""What a rule is: a question about one line, which answers with the fault in it, or with nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from urllib.parse import urlsplit

from clustersync.doctor.judging import Tries
from clustersync.doctor.served import Observed, Served
from clustersync.doctor.told import Entry, Person, Said, Told


class Severity(Enum):
    """An error keeps people out, or lets in who should not be; with a warning it works, for now or not as it should."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Fault:
    """`found` is the line as it stands, None where one is missing; `write` is what should stand there."""

    found: Said | None
    write: str
    why: str
    place: str = ""


@dataclass(frozen=True)
class Case:
    """Everything a rule may look at; `person` where there are several is asked about one after the other."""

    told: Told
    served: Served
    seen: Observed
    person: Person | None = None
    tries: Tries = field(default_factory=Tries)

    @cached_property
    def entry(self) -> Entry:
        """That which is meant for us: by its host, or because there is no other."""
        ours = urlsplit(self.served.issuer).hostname or ""
        named = [entry for entry in self.told.entries if entry.issuer and ours in entry.issuer.value.lower()]
        return next(iter((*named, *self.told.entries)), Entry())

    @property
    def someone(self) -> Person:
        return self.person or Person(Said("", 0))


@dataclass(frozen=True)
class Given:
    """What a rule needs to be asked at all; `absent` says what was not there."""

    absent: str
    holds: Callable[[Case], bool]


@dataclass(frozen=True)
class Rule:
    """`title` says what is so when all is well."""

    id: str
    severity: Severity
    title: str
    given: Given
    check: Callable[[Case], Fault | None]


Check = Callable[[Case], Fault | None]

ANYTHING = Given("", lambda case: True)
FLAGS = Given("no flags of kube-apiserver were pasted", lambda case: bool(case.told.flags or case.told.unknown_flags))
SERVER = Given(
    "nothing of an API server was pasted",
    lambda case: bool(case.told.flags or case.told.unknown_flags or case.told.api_version),
)
ENTRY = Given(
    "neither --oidc-* flags nor an AuthenticationConfiguration were pasted", lambda case: case.entry.kind != "nothing"
)
CONFIGURATION = Given("no AuthenticationConfiguration was pasted", lambda case: case.told.api_version is not None)
EXPRESSIONS = Given("no expression was pasted", lambda case: any(entry.expressions for entry in case.told.entries))
TRIED = Given(
    "nobody was named whose token could be tried",
    lambda case: case.served.sample is not None and case.entry.kind == "configuration",
)
POD = Given("no pod of kube-apiserver was pasted", lambda case: bool(case.told.pods))
WEBHOOK_FLAGS = Given(
    "no flags of a webhook were pasted",
    lambda case: any(flag.name.startswith("authentication-token-webhook") for flag in case.told.flags),
)
WEBHOOK = Given("the webhook's kubeconfig was not pasted", lambda case: case.told.webhook is not None)
KUBECONFIG = Given("no kubeconfig of people was pasted", lambda case: bool(case.told.people))
PERSON = Given("no kubeconfig of people for this cluster was pasted", lambda case: case.person is not None)
DISCOVERY = Given("nobody looked at the issuer's address", lambda case: case.seen.failure is not None)
ANSWERED = Given("the issuer's address did not answer", lambda case: case.seen.status is not None)
JWKS = Given("nobody fetched the keys", lambda case: case.seen.kids is not None)


def rule(id: str, severity: Severity, title: str, *, given: Given = ANYTHING) -> Callable[[Check], Rule]:
    return lambda check: Rule(id, severity, title, given, check)


def measured(what: str, value: Callable[[Observed], object]) -> Given:
    return Given(f"nobody measured {what}", lambda case: value(case.seen) is not None)


def instead(said: Said, value: str, why: str) -> Fault:
    """The same line with another value."""
    return Fault(said, said.writing(value), why, said.place)


def missing(said: Said, why: str) -> Fault:
    """A line that there is not."""
    return Fault(None, said.text, why, said.place)


def without(said: Said, why: str) -> Fault:
    return Fault(said, "(remove the line)", why, said.place)

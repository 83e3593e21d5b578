"""Judge who asserts a name, and which access rules the name meets then. Pure: declarations and names in, answers out.

A name is asserted by this service, where somebody with the right to entered it, or by an identity provider, which may
assert only what an administrator declared of it. The decision has one form, `Standing`; queries are built from it
(`access.models`), and `Standing.unmet` gives the reason for a single rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import idna

from accounts.names import KEPT_BY_KUBERNETES, is_group_name
from common.actors import Name
from common.wording import Wording

ALL = "*"
_BELOW = "*."
_LONGEST_DOMAIN = 253  # RFC 1035 §2.3.4, without the root's dot

# Values of AccessRule.source beside the alias of an identity provider.
ANY = ""
LOCAL = "local"


class Unmet(StrEnum):
    """A reason why a rule gives nothing to somebody whom it names."""

    NOBODY = "nobody whom its source names is there yet"
    UNVERIFIED = "nobody has verified that the e-mail address is theirs"
    OTHER_SOURCE = "the rule is for another source"
    UNDECLARED = "the source may not assert this name"
    UNPRIVILEGED = "the rule can lead to System administrator, and the source may not make administrators"


@dataclass(frozen=True)
class Declared:
    """The names and addresses that an identity provider may assert.

    `email_domains` has domains in ASCII, `*.` and a domain for those below it, or `*`; `group_names` has exact names,
    prefixes that end with `*`, or `*`. A `privileged` provider may reach rules that lead to System administrator.
    """

    email_domains: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    privileged: bool = False

    def covers(self, kind: str, name: str) -> bool:
        if kind == "user":
            return self.covers_address(name)
        return kind == "group" and self.covers_group(name)

    def covers_address(self, address: str) -> bool:
        domain = address.rpartition("@")[2].lower()
        return any(_is_within(domain, declared) for declared in self.email_domains)

    def covers_group(self, name: str) -> bool:
        return ALL in self.group_names or self.names_group(name)

    def names_group(self, name: str) -> bool:
        """Return True if the group is declared by its name or a prefix of it, rather than by `*`."""
        return any(_is_named(name, declared) for declared in self.group_names if declared != ALL)

    def may_fill(self, name: str) -> bool:
        """Return True if it may put people into a group whose power is in no access rule, but in a cluster."""
        return self.privileged or self.names_group(name)


def _is_within(domain: str, declared: str) -> bool:
    if declared.startswith(_BELOW):
        return domain.endswith(declared[1:]) and len(domain) >= len(declared)
    return declared == ALL or domain == declared


def _is_named(name: str, declared: str) -> bool:
    return name.startswith(declared[:-1]) if declared.endswith("*") else name == declared


def normal_domain(text: str) -> str:
    """Return a declared e-mail domain in the form that addresses have: lower case, ASCII (IDNA 2008, RFC 5891).

    ValueError with a sentence when it is neither a domain, nor `*.` and a domain, nor `*`.
    """
    given = text.strip().rstrip(".")
    if given == ALL:
        return ALL
    below = _BELOW if given.startswith(_BELOW) else ""
    try:
        domain = idna.encode(given[len(below) :], uts46=True).decode()
    except UnicodeError:
        domain = ""
    if "." not in domain or len(domain) > _LONGEST_DOMAIN:
        raise ValueError(
            Wording(
                "{text} is no e-mail domain. Write example.com, *.example.com for all below it, or *.", text=repr(text)
            )
        )
    return below + domain


def normal_group(text: str) -> str:
    """Return a declared group name; ValueError with a sentence when it is neither a name, nor a prefix, nor `*`."""
    given = text.strip()
    if not is_group_name(given) or "*" in given[:-1]:
        raise ValueError(
            Wording("{text} is no group name. Write the name, a prefix such as eng-*, or *.", text=repr(text))
        )
    if given.lower().startswith(KEPT_BY_KUBERNETES):
        raise ValueError("A group's name can't begin with system:, which Kubernetes keeps for itself.")
    return given


@dataclass(frozen=True)
class Standing:
    """The worth of the names that one source asserts: those that it may assert, and which rules these meet."""

    source: str
    names: frozenset[tuple[str, str]]
    privileged: bool = True

    @property
    def meets(self) -> tuple[str, str]:
        """The values of AccessRule.source that a rule may have."""
        return ANY, self.source or LOCAL

    def unmet(self, subject: tuple[str, str], *, rule_source: str, leads: bool) -> Unmet | None:
        """Return why a rule that names `subject` gives nothing; None if it is met. `leads`: to System administrator."""
        if rule_source not in self.meets:
            return Unmet.OTHER_SOURCE
        if subject not in self.names:
            return Unmet.UNDECLARED
        if leads and not self.privileged:
            return Unmet.UNPRIVILEGED
        return None


def standings(account: str, names: Iterable[Name], declared: Mapping[str, Declared]) -> tuple[Standing, ...]:
    """Judge the names of one principal, by source.

    `account` is who asserts the account itself (`Principal.asserted_by`): whoever can sign somebody in uses whatever
    was given to the account, so a name is no more privileged than that. `declared` has each provider by its alias.
    """
    by_source: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        by_source.setdefault(name.source, set()).add((name.kind, name.id))
    privileged = _is_privileged(account, declared)
    return tuple(
        _standing(source, frozenset(given), declared, privileged=privileged and _is_privileged(source, declared))
        for source, given in sorted(by_source.items())
    )


def _is_privileged(source: str, declared: Mapping[str, Declared]) -> bool:
    return not source or (source in declared and declared[source].privileged)


def _standing(
    source: str, names: frozenset[tuple[str, str]], declared: Mapping[str, Declared], *, privileged: bool
) -> Standing:
    if not source:
        return Standing(source, names, privileged=privileged)
    what = declared.get(source, Declared())
    covered = frozenset(name for name in names if what.covers(*name))
    return Standing(source, covered, privileged)

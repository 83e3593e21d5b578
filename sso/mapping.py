"""Map a directory's attributes to the fields of a user. The mapping is declarative: attribute names, no code."""

from collections.abc import Mapping as AttributeMapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from accounts.names import HIGHEST_POSIX_ID, KEPT_BY_KUBERNETES, LONGEST_GROUP_NAME, is_email
from common.visible import is_visible, shows
from common.wording import Wording
from sso.left_out import few, not_a_number

# SAML gives lists of texts; OpenID Connect gives texts, numbers, lists and objects.
Attributes = AttributeMapping[str, Any]

LONGEST_NAME = 100
MOST_GROUPS = 2000


@dataclass(frozen=True)
class Mapping:
    """Attribute names. A blank name maps nothing."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    groups: str = ""
    uid: str = ""
    gid: str = ""
    supplementary_groups: str = ""


# The platform's names.
DEFAULTS = Mapping(
    email="email",
    first_name="firstName",
    last_name="lastName",
    groups="GROUPS",
    uid="UID",
    gid="GID",
    supplementary_groups="SUPPLEMENTARYGROUPS",
)


class EmailVerified(StrEnum):
    """The claim `email_verified` about the address beside it (OpenID Connect Core §5.1)."""

    YES = "verified"
    NO = "not verified"
    UNSAID = "not said"


class GroupsClaim(StrEnum):
    """The way in which groups arrived: listed, or missing for one of three reasons. An empty list counts as listed."""

    LISTED = "listed"
    ABSENT = "not sent"
    TOO_MANY = "too many to send"
    NOT_ASKED = "not asked for"

    @property
    def is_missing(self) -> bool:
        return self in (GroupsClaim.ABSENT, GroupsClaim.TOO_MANY)


# Sent by Entra ID in place of too many groups, in tokens and in SAML.
_HAS_GROUPS = "hasgroups"
_GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
# Distributed claims: the name of each claim and its source (OpenID Connect Core §5.6.2).
_CLAIM_NAMES = "_claim_names"


@dataclass(frozen=True)
class MappedUser:
    """The result of the mapping. `notes` are sentences about values that were left out."""

    email: str
    email_verified: EmailVerified = EmailVerified.UNSAID
    first_name: str = ""
    last_name: str = ""
    groups: tuple[str, ...] = ()
    groups_said: GroupsClaim = GroupsClaim.LISTED
    uid: int | None = None
    gid: int | None = None
    supplementary_groups: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class MissingEmail(Exception):
    """There is no usable e-mail address, without which nobody can sign in. The message describes what there was."""


def map_attributes(attributes: Attributes, mapping: Mapping, *, in_lists: bool = True) -> MappedUser:
    """Return the mapped user; raise MissingEmail without a valid e-mail. Other unusable values are omitted with a note.

    With `in_lists` each attribute is a list of values, as in SAML. Without, a list is neither a text nor a number.
    """
    notes: list[str] = []
    email = _email(attributes, mapping.email, in_lists)
    groups_said = _groups_said(attributes, mapping.groups)
    elsewhere = _elsewhere(attributes)
    for name in {mapping.first_name, mapping.last_name, mapping.uid, mapping.gid, mapping.supplementary_groups}:
        if name in elsewhere and attributes.get(name) is None:
            notes.append(
                Wording("{name}: kept elsewhere (a distributed claim), where it is not fetched; left out.", name=name)
            )
    return MappedUser(
        email=email,
        email_verified=_email_verified(attributes, email, in_lists),
        first_name=_name(attributes, mapping.first_name, in_lists, notes),
        last_name=_name(attributes, mapping.last_name, in_lists, notes),
        groups=_groups(attributes, mapping.groups, notes) if groups_said is GroupsClaim.LISTED else (),
        groups_said=groups_said,
        uid=_number(attributes, mapping.uid, in_lists, notes),
        gid=_number(attributes, mapping.gid, in_lists, notes),
        supplementary_groups=_numbers(attributes, mapping.supplementary_groups, notes),
        notes=tuple(notes),
    )


def _values(attributes: Attributes, name: str) -> list[Any]:
    """Return the items of a list, the values of an object, or the single value; each once, however often it is sent."""
    value = attributes.get(name) if name else None
    match value:
        case None | "":
            return []
        case list() | tuple():
            values = list(value)
        case dict():
            values = list(value.values())
        case _:
            values = [value]
    return list({repr(one): one for one in values}.values())


class _NotOne(Exception):
    """There isn't exactly one value. The message continues a sentence about the attribute."""


def _one(attributes: Attributes, name: str, in_lists: bool) -> Any:
    """Return the attribute's one value; None without any."""
    value = attributes.get(name) if name else None
    if isinstance(value, dict) or (isinstance(value, list | tuple) and not in_lists):
        raise _NotOne(
            Wording("is an object, and has to be one value")
            if isinstance(value, dict)
            else Wording("is a list, and has to be one value")
        )
    values = _values(attributes, name)
    if len(values) > 1:
        raise _NotOne(Wording("has {count} values, and has to be one", count=len(values)))
    return values[0] if values else None


def _email(attributes: Attributes, name: str, in_lists: bool) -> str:
    try:
        # Not stripped: two users at the directory who differ in white space must not become one here.
        email = _one(attributes, name, in_lists)
    except _NotOne as problem:
        raise MissingEmail(Wording("The attribute {name} {problem}.", name=repr(name), problem=problem)) from None
    if email is None:
        there = ", ".join(sorted(attributes)) or "none at all"
        if name in _elsewhere(attributes):
            raise MissingEmail(
                Wording(
                    "The e-mail {name} is kept elsewhere (a distributed claim), where it is not fetched.",
                    name=repr(name),
                )
            )
        raise MissingEmail(
            Wording(
                "There is no attribute {name} with the e-mail. The attributes are: {there}.",
                name=repr(name),
                there=there,
            )
        )
    if not is_email(email):
        raise MissingEmail(
            Wording("The attribute {name} is not an e-mail address like name@example.com.", name=repr(name))
        )
    return str(email).lower()


def _email_verified(attributes: Attributes, email: str, in_lists: bool) -> EmailVerified:
    """Read `email_verified`. Null and empty text are not said; anything that is no yes is a no, also `false` and 0."""
    try:
        value = _one(attributes, "email_verified", in_lists)
    except _NotOne:
        return EmailVerified.NO
    if value is None:
        return EmailVerified.UNSAID
    about = {str(one).lower() for one in _values(attributes, "email")}
    if about and about != {email}:
        return EmailVerified.UNSAID  # the address was taken from another attribute
    if not is_yes(value):
        return EmailVerified.NO
    return EmailVerified.YES if about else EmailVerified.UNSAID


def is_yes(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1")


def _name(attributes: Attributes, name: str, in_lists: bool, notes: list[str]) -> str:
    try:
        text = _one(attributes, name, in_lists)
    except _NotOne as problem:
        notes.append(Wording("{name}: {problem}; left out.", name=name, problem=problem))
        return ""
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > LONGEST_NAME or not is_visible(text):
        not_one_line = "{name}: not one line of at most {longest} characters; left out."
        notes.append(Wording(not_one_line, name=name, longest=LONGEST_NAME))
        return ""
    return text.strip()


def _elsewhere(attributes: Attributes) -> dict[str, Any]:
    """Return the distributed claims: the source of each by the claim's name."""
    names = attributes.get(_CLAIM_NAMES)
    return names if isinstance(names, dict) else {}


def _groups_said(attributes: Attributes, name: str) -> GroupsClaim:
    """Return in which way the provider told the groups, which it may also have left out."""
    if not name:
        return GroupsClaim.NOT_ASKED
    value, elsewhere = attributes.get(name), _elsewhere(attributes)
    reference = isinstance(value, str) and value in elsewhere.values()
    if value is not None and not reference:
        return GroupsClaim.LISTED
    if is_yes(attributes.get(_HAS_GROUPS, "")) or {name, "groups"} & elsewhere.keys() or _GROUPS_LINK in attributes:
        return GroupsClaim.TOO_MANY
    return GroupsClaim.ABSENT


def _groups(attributes: Attributes, name: str, notes: list[str]) -> tuple[str, ...]:
    groups: dict[str, None] = {}
    left_out: list[str] = []
    for value in _values(attributes, name):
        if value in (None, ""):
            continue  # SAML's way to send an empty list
        problem = _problem_of_group(value)
        if problem:
            shown = repr(str(value)[:60])
            left_out.append(Wording("{name}: {value} is left out: {problem}.", name=name, value=shown, problem=problem))
        else:
            groups[value] = None
    notes += few(left_out, name)
    if len(groups) > MOST_GROUPS:
        too_many = "{name}: {count} groups; only the first {most} are kept."
        notes.append(Wording(too_many, name=name, count=len(groups), most=MOST_GROUPS))
    return tuple(groups)[:MOST_GROUPS]


def _problem_of_group(value: Any) -> str:
    """Return why the value can't be the name of a group; empty if it can."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_GROUP_NAME:
        return Wording("a group has a name of 1 to {longest} characters", longest=LONGEST_GROUP_NAME)
    if not is_visible(value) or not shows(value) or value != value.strip():
        return Wording("it has control characters, or white space around it")
    if value.lower().startswith(KEPT_BY_KUBERNETES):
        return Wording("Kubernetes keeps system: for itself")
    return ""


def _number(attributes: Attributes, name: str, in_lists: bool, notes: list[str]) -> int | None:
    try:
        value = _one(attributes, name, in_lists)
    except _NotOne as problem:
        notes.append(Wording("{name}: {problem}; left out.", name=name, problem=problem))
        return None
    number = _posix_id(value)
    if value is not None and number is None:
        notes.append(not_a_number(name, value))
    return number


def _numbers(attributes: Attributes, name: str, notes: list[str]) -> tuple[int, ...]:
    numbers, left_out = [], []
    for value in _values(attributes, name):
        number = _posix_id(value)
        if number is None:
            left_out.append(not_a_number(name, value))
        else:
            numbers.append(number)
    notes += few(left_out, name)
    return tuple(dict.fromkeys(numbers))


def _posix_id(value: Any) -> int | None:
    """Return a whole number, also from its decimal digits, or None. `true` is neither."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    return value if type(value) is int and 0 <= value <= HIGHEST_POSIX_ID else None

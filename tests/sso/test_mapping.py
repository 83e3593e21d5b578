"""What is made of a directory's attributes; a pure function, so by tables."""

from typing import Any

import pytest

from sso.mapping import DEFAULTS, Mapping, MissingEmail, map_attributes

JANE = {"email": ["jane@acme.com"]}


def mapped(**attributes: Any) -> Any:
    return map_attributes({**JANE, **attributes}, DEFAULTS)


@pytest.mark.parametrize(
    "value", [["Jane@Acme.COM"], "Jane@Acme.COM"], ids=["a list, as SAML has it", "a text, as claims are"]
)
def test_it_takes_the_email_in_lower_case(value: Any) -> None:
    assert map_attributes({"email": value}, DEFAULTS).email == "jane@acme.com"


@pytest.mark.parametrize("value", [["a@acme.com"] * 2, ["a@acme.com"] * 50])
def test_one_email_sent_twice_is_one(value: Any) -> None:
    assert map_attributes({"email": value}, DEFAULTS).email == "a@acme.com"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "",
        [""],
        ["a@acme.com", "b@acme.com"],
        "jane",
        " jane@acme.com",
        "jane@acme.com ",
        "jane@acme.com\n",
        "jane@acme",
        "jane\u00a0@acme.com",
        "j\u0430ne@acme.com",
        7,
        True,
        {"a": 1},
        "x" * 250 + "@acme.com",
    ],
)
def test_it_refuses_what_is_no_email(value: Any) -> None:
    with pytest.raises(MissingEmail):
        map_attributes({"email": value}, DEFAULTS)


def test_it_says_which_attributes_there_were_instead() -> None:
    with pytest.raises(MissingEmail, match="The attributes are: mail, name"):
        map_attributes({"mail": ["jane@acme.com"], "name": ["Jane"]}, DEFAULTS)


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        pytest.param(["a", "b", "a"], ("a", "b"), id="a list"),
        pytest.param({"1": "a", "2": "b"}, ("a", "b"), id="an object whose values are names"),
        pytest.param("a", ("a",), id="one"),
        pytest.param(["a", "system:x", "System:y", "", " b", "c\td", 5, None], ("a",), id="strange ones left out"),
        pytest.param([], (), id="none"),
    ],
)
def test_it_takes_groups(value: Any, groups: tuple[str, ...]) -> None:
    assert mapped(GROUPS=value).groups == groups


def test_it_says_what_it_left_out() -> None:
    notes = mapped(GROUPS=["system:masters"], UID=["abc"], SUPPLEMENTARYGROUPS=["7", "x"]).notes

    assert [note.partition(":")[0] for note in notes] == ["GROUPS", "UID", "SUPPLEMENTARYGROUPS"]


@pytest.mark.parametrize(
    ("value", "uid"),
    [
        (["3020"], 3020),
        (3020, 3020),
        (["0"], 0),
        (["4294967294"], 4294967294),
        (["4294967295"], None),
        (["-1"], None),
        (["1.0"], None),
        ([True], None),
        (["1", "2"], None),
        (["\u0663"], None),
        (["1" * 5000], None),
    ],
)
def test_it_takes_whole_numbers_for_ids(value: Any, uid: int | None) -> None:
    assert mapped(UID=value).uid == uid


def test_it_takes_supplementary_groups() -> None:
    assert mapped(SUPPLEMENTARYGROUPS=["7", "8", "7"]).supplementary_groups == (7, 8)


def test_it_reads_the_attributes_by_the_names_it_is_told() -> None:
    claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"

    assert map_attributes({claim: ["jane@acme.com"], "GROUPS": ["a"]}, Mapping(email=claim)).groups == ()


# Beside what each of them is: in OpenID Connect a claim is a text or a number, in SAML a list of one text.
NOT_ONE: list[Any] = [
    {},
    {"x": "jane@acme.com"},
    {"x": "7"},
    {"email": "jane@acme.com", "uid": 7},
    ["a@acme.com", "b@acme.com"],
]
IN_A_LIST: list[Any] = [["jane@acme.com"], ["7"], [7], [], [["jane@acme.com"]]]
SCALARS = ("firstName", "lastName", "UID", "GID")


@pytest.mark.parametrize(
    ("in_lists", "value"),
    [
        *((in_lists, value) for in_lists in (False, True) for value in NOT_ONE if value),
        *((False, value) for value in IN_A_LIST if value),
    ],
)
def test_what_is_not_one_value_is_no_address(in_lists: bool, value: Any) -> None:
    with pytest.raises(MissingEmail, match="has to be one"):
        map_attributes({"email": value}, DEFAULTS, in_lists=in_lists)


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.parametrize(
    ("in_lists", "value"),
    [
        *((in_lists, value) for in_lists in (False, True) for value in NOT_ONE),
        *((False, value) for value in IN_A_LIST),
    ],
)
def test_what_is_not_one_value_is_left_out_and_said(name: str, in_lists: bool, value: Any) -> None:
    person = map_attributes({"email": "jane@acme.com", name: value}, DEFAULTS, in_lists=in_lists)

    assert (person.first_name, person.last_name, person.uid, person.gid) == ("", "", None, None)
    assert [note.partition(":")[0] for note in person.notes] == [name]


@pytest.mark.parametrize("value", [7, 7.5, True, False, 0])
def test_a_number_is_no_address_and_no_name(value: Any) -> None:
    with pytest.raises(MissingEmail, match="not an e-mail address"):
        map_attributes({"email": value}, DEFAULTS, in_lists=False)
    assert mapped(firstName=value).first_name == ""

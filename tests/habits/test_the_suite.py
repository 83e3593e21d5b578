"""What a run of the suite relies on: the cases it takes and their names, and that no test becomes a second run."""

import ast
import gc
import random
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.choosing import _cases, pytest_collection_modifyitems, pytest_ignore_collect
from tests.collecting import SELDOM
from tests.habits.test_sizes_and_names import ROOT, TESTS

# What is different each time it is called: two workers would call the same case by two names.
OF_THE_MOMENT = re.compile(r"\b(time|monotonic|now|today|formatdate|uuid4|urandom|token_\w+|randint|random)$")
# Clocks that go on while a process waits for its turn.
ON_THE_WALL = re.compile(r"\b(monotonic|perf_counter|time)\(\) - ")


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Find the calls that are made when the tree is read: those of a lambda are made later."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.Lambda):
            yield from calls(child)
    if isinstance(tree, ast.Call):
        yield tree


def of_the_moment(file: Path) -> list[str]:
    made = calls(ast.parse(file.read_text()))
    given = [call for call in made if ast.unparse(call.func).endswith("mark.parametrize")]
    return [ast.unparse(call) for one in given for call in calls(one) if OF_THE_MOMENT.search(ast.unparse(call.func))]


def test_no_case_is_named_by_the_moment_in_which_it_was_collected() -> None:
    named = {str(file.relative_to(ROOT)): of_the_moment(file) for file in TESTS}

    assert {file: found for file, found in named.items() if found} == {}


def hurried(tree: ast.AST) -> list[str]:
    """Find what has to be done in less than a second by the clock on the wall."""
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare))
    return [
        ast.unparse(node) for node in compared if ON_THE_WALL.search(ast.unparse(node)) and _less_than_a_second(node)
    ]


def _less_than_a_second(node: ast.Compare) -> bool:
    bounds = zip(node.ops, node.comparators, strict=True)
    return any(
        isinstance(order, ast.Lt | ast.LtE) and isinstance(most, ast.Constant) and 0 < cast(Any, most.value) < 1
        for order, most in bounds
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("monotonic() - began < 0.1", True),
        ("0.1 < time.perf_counter() - a <= 0.2", True),
        ("monotonic() - began >= 0.1", False),
        ("time.monotonic() - began < 1", False),
        ("thread_time() - began < 0.1", False),
    ],
)
def test_what_is_hurried_is_found(text: str, found: bool) -> None:
    assert bool(hurried(ast.parse(text))) is found


def test_no_test_fails_because_its_process_had_to_wait_for_a_moment() -> None:
    """A busy machine gives a process nothing for a while. Take time.thread_time, or the quickest of several."""
    found = {str(file.relative_to(ROOT)): hurried(ast.parse(file.read_text())) for file in TESTS}

    assert {file: texts for file, texts in found.items() if texts} == {}


def test_a_thread_that_uses_random_makes_no_generated_test_flaky() -> None:
    """Mail, for one, draws its boundaries by it, and a server of the tests goes on while examples are drawn."""

    def meanwhile(drawn: int) -> int:
        other = Thread(target=random.random)
        other.start()
        other.join()
        return drawn

    @settings(max_examples=5, database=None)
    @given(some.integers().map(meanwhile))
    def generated(_: int) -> None:
        """Nothing but draw."""

    generated()


def test_no_test_forks_by_hand() -> None:
    """A child that fails would go on as a second run of the suite; one of multiprocessing ends with what it was for."""
    by_hand = re.compile(r"\bos\.(fork|forkpty)\(|\bpty\.fork\(")

    assert [str(f.relative_to(ROOT)) for f in TESTS if by_hand.search(f.read_text()) and f != Path(__file__)] == []


def collected(*ids: str, marker: str = "") -> list[pytest.Item]:
    return [cast(Any, SimpleNamespace(nodeid=i, get_closest_marker=lambda name: name == marker)) for i in ids]


@pytest.mark.parametrize(("few", "taken"), [(0, 9), (1, 1), (3, 3), (9, 9), (40, 9)])
def test_of_each_generated_test_some_cases_are_taken(few: int, taken: int) -> None:
    chosen = _cases(collected("a", *(f"b[{n}]" for n in range(9))), few)

    assert "a" in chosen and len(chosen) == 1 + taken


def test_a_seed_takes_the_same_cases_whatever_else_there_is_and_others_take_others() -> None:
    cases = [f"b[{n}]" for n in range(9)]

    chosen = {seed: _cases(collected(*cases), 3, seed=seed) for seed in "12345"}

    assert all(_cases(collected("a", *reversed(cases)), 3, seed=seed) == {"a", *chosen[seed]} for seed in chosen)
    assert len(set.union(*chosen.values())) > 3


@pytest.mark.parametrize(("few", "taken"), [(0, 9), (1, 1), (3, 9)])
def test_a_whole_matrix_is_taken_whole_or_by_a_single_case(few: int, taken: int) -> None:
    assert len(_cases(collected(*(f"b[{n}]" for n in range(9)), marker="whole"), few)) == taken


def configured(markexpr: str = "") -> Any:
    option = SimpleNamespace(few=0, after_postgresql=False, markexpr=markexpr)
    settings: dict[str, str] = {"timeout": "120"}
    return SimpleNamespace(option=option, getoption=vars(option).get, getini=settings.get, rootpath=ROOT)


def test_what_may_take_long_begins_first() -> None:
    asked: dict[str, tuple[object, ...] | None] = {
        "a": None,
        "b": (300,),
        "c": (60,),
        "d": (),
        "e": (180,),
        "f": (120,),
    }
    items: list[pytest.Item] = [
        cast(Any, SimpleNamespace(nodeid=name, config=configured(), get_closest_marker=marks(args).get))
        for name, args in asked.items()
    ]

    pytest_collection_modifyitems(configured(), items)

    assert "".join(item.nodeid for item in items) == "beacdf"


def marks(timeout: tuple[object, ...] | None) -> dict[str, SimpleNamespace]:
    return {} if timeout is None else {"timeout": SimpleNamespace(args=timeout)}


@pytest.mark.parametrize(
    ("folder", "marker", "ignored"),
    [("cli", "database", True), ("cli/x.py", "database", True), ("cli", "", None), ("clients", "database", None)],
)
def test_what_holds_no_test_of_the_database_is_not_read_for_one(folder: str, marker: str, ignored: bool | None) -> None:
    assert pytest_ignore_collect(ROOT / "tests" / folder, configured(marker)) is ignored


def test_a_run_is_not_slowed_by_what_it_collected() -> None:
    """The garbage collector would look through all of it, again and again."""
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
    assert gc.get_threshold() == SELDOM

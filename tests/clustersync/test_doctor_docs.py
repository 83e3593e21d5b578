from pathlib import Path

from clustersync.doctor.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"


def test_its_page_lists_every_rule_in_order() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert rows == [f"| `{rule.id}` | {rule.title} | {rule.severity.value} |" for rule in RULES]

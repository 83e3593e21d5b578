"""Each rule in CEL that we generate has one of the oracle that stands for it, in the order of a kube-apiserver."""

from collections.abc import Iterator

import pytest
import yaml

from clustersync.apiserver import Facts, Form, authentication_configuration
from clustersync.oracle import told_by
from clustersync.oracle.steps import STEPS
from tests.clustersync.broken_configurations import Config
from tests.clustersync.facts import EVERY_KIND


def generated(facts: Facts) -> Iterator[str]:
    """It maps the claims, then validates them, and then the user that came out."""
    item: Config = yaml.safe_load(authentication_configuration(facts))["jwt"][0]
    yield item["claimMappings"]["uid"]["expression"]
    yield from (extra["valueExpression"] for extra in item["claimMappings"]["extra"])
    yield from (rule["expression"] for rule in item["claimValidationRules"])
    yield from (rule["expression"] for rule in item["userValidationRules"])


@pytest.mark.parametrize("facts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_it_stands_for_every_expression_that_is_generated(facts: Facts) -> None:
    told = told_by(facts, Form.STRUCTURED)

    names = {"prefix": told.username.prefix, "audience": facts.audience}
    stood_for = [step.cel.format(**names) for step in STEPS if step.cel and step.applies(told)]

    assert stood_for == list(generated(facts))


@pytest.mark.parametrize("facts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_flags_have_no_expressions(facts: Facts) -> None:
    told = told_by(facts, Form.FLAGS)

    assert [step.rule for step in STEPS if step.cel and step.applies(told)] == []

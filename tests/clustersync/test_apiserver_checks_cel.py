"""Each rule in CEL that we generate has a check of ours that stands for it, in the order of a kube-apiserver."""

from collections.abc import Iterator

import pytest
import yaml

from clustersync.apiserver import AuthenticationForm, ClusterFacts, authentication_configuration
from clustersync.apiserver_checks import settings_from
from clustersync.apiserver_checks.checks import CHECKS
from tests.clustersync.broken_configurations import Config
from tests.clustersync.facts import EVERY_KIND


def generated(facts: ClusterFacts) -> Iterator[str]:
    """It maps the claims, then validates them, and then the user that came out."""
    item: Config = yaml.safe_load(authentication_configuration(facts))["jwt"][0]
    yield item["claimMappings"]["uid"]["expression"]
    yield from (extra["valueExpression"] for extra in item["claimMappings"]["extra"])
    yield from (rule["expression"] for rule in item["claimValidationRules"])
    yield from (rule["expression"] for rule in item["userValidationRules"])


@pytest.mark.parametrize("facts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_it_stands_for_every_expression_that_is_generated(facts: ClusterFacts) -> None:
    authenticator = settings_from(facts, AuthenticationForm.STRUCTURED)

    names = {"prefix": authenticator.username.prefix, "audience": facts.audience}
    stood_for = [check.cel.format(**names) for check in CHECKS if check.cel and check.applies(authenticator)]

    assert stood_for == list(generated(facts))


@pytest.mark.parametrize("facts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_flags_have_no_expressions(facts: ClusterFacts) -> None:
    authenticator = settings_from(facts, AuthenticationForm.FLAGS)

    assert [check.rule for check in CHECKS if check.cel and check.applies(authenticator)] == []

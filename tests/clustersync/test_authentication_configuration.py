import copy

import pytest
import yaml

from clustersync.apiserver import VERSIONS, ClusterFacts, authentication_configuration
from clustersync.apiserver.distributions.aks import aks
from tests.clustersync.authentication_schema import KUBERNETES, SERVED, Version, violations
from tests.clustersync.broken_configurations import BROKEN, Config
from tests.clustersync.facts import CA, EVERY_KIND, FACTS, LEGACY, SHARING, facts

V1 = "apiserver.config.k8s.io/v1"


def generated(about: ClusterFacts, version: str = "v1") -> Config:
    config: Config = yaml.safe_load(authentication_configuration(about, version))
    return config


def authenticator(about: ClusterFacts) -> Config:
    found: list[Config] = generated(about)["jwt"]
    assert len(found) == 1
    return found[0]


READ = [
    (name, since) for name in VERSIONS for since in KUBERNETES if since >= SERVED[f"apiserver.config.k8s.io/{name}"]
]


@pytest.mark.parametrize(("version", "kubernetes"), READ, ids=str)
@pytest.mark.parametrize("about", EVERY_KIND.values(), ids=EVERY_KIND)
def test_it_is_what_each_version_reads(about: ClusterFacts, version: str, kubernetes: Version) -> None:
    assert violations(generated(about, version), kubernetes) == []


@pytest.mark.parametrize("version", [version for version in KUBERNETES if version < (1, 34)], ids=str)
def test_it_says_since_when_each_version_of_it_is_read(version: Version) -> None:
    assert violations(generated(FACTS, "v1"), version) == ["apiVersion is not served"]
    assert f"For Kubernetes {VERSIONS['v1']} and newer" in authentication_configuration(FACTS, "v1")
    assert f"For Kubernetes {VERSIONS['v1beta1']} and newer" in authentication_configuration(FACTS, "v1beta1")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rules_refuse_what_is_wrong(name: str) -> None:
    broken = copy.deepcopy(generated(FACTS))
    change, expected = BROKEN[name]

    change(broken)

    assert expected in violations(broken, (1, 36))


@pytest.mark.parametrize("kubernetes", [(1, 30), (1, 33)], ids=str)
def test_the_rules_know_fields_that_came_later(kubernetes: Version) -> None:
    config = generated(FACTS, "v1beta1")
    config["jwt"][0]["issuer"]["egressSelectorType"] = "cluster"

    assert violations(config, kubernetes) == ["egressSelectorType is not known"]
    assert violations(config, (1, 34)) == []


def test_it_names_the_cluster_and_nobody_else() -> None:
    assert authenticator(FACTS)["issuer"] == {
        "url": FACTS.issuer,
        "discoveryURL": FACTS.discovery_url,
        "audiences": ["runai-prod-c0000000"],
    }


def test_it_matches_any_audience_exactly_when_there_are_two() -> None:
    issuer = authenticator(facts(audiences=SHARING))["issuer"]

    assert (issuer["audiences"], issuer["audienceMatchPolicy"]) == (["runai-prod-c0000000", "runai"], "MatchAny")


def test_it_has_the_company_ca_in_it() -> None:
    assert authenticator(facts(public_ca=CA))["issuer"]["certificateAuthority"] == CA


def test_it_prefixes_names() -> None:
    mappings = authenticator(FACTS)["claimMappings"]

    assert mappings["username"] == {"claim": "preferred_username", "prefix": "runai:"}
    assert mappings["groups"] == {"claim": "groups", "prefix": "teams:"}


def test_it_means_what_the_platforms_flags_mean() -> None:
    mappings = authenticator(LEGACY)["claimMappings"]

    assert mappings["username"] == {"claim": "sub", "prefix": ""}
    assert "groups" not in mappings
    assert authenticator(LEGACY)["issuer"]["audiences"] == ["runai-prod-c0000000", "runai"]


@pytest.mark.parametrize("name", ['a "quoted": name', "{braces}", "- dash", "öffentlich"])
def test_nothing_in_a_name_becomes_yaml(name: str) -> None:
    odd = authenticator(facts(audiences=(name,), username_prefix=f"{name}:"))

    assert odd["issuer"]["audiences"] == [name]
    assert odd["claimMappings"]["username"]["prefix"] == f"{name}:"


def test_it_writes_the_same_rules_for_aks_in_expressions() -> None:
    on_aks = EVERY_KIND["on AKS"]
    (snippet,) = aks(on_aks)
    config = {"apiVersion": V1, "kind": "AuthenticationConfiguration", "jwt": [yaml.safe_load(snippet.text)]}

    assert violations(config, (1, 36)) == []
    assert "aks:jwt:" not in snippet.note

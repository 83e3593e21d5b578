import json

import pytest
import yaml

from clustersync.apiserver import Facts, oidc_flags, webhook_flags, webhook_kubeconfig
from clustersync.models.validators import PREFIX

FACTS = Facts(
    issuer="https://identity.example.com/auth/realms/runai",
    origin="https://identity.example.com",
    uuid="c0000000-0000-4000-8000-000000000001",
    name="prod",
    audience="runai-prod-c0000000",
    username_claim="preferred_username",
    username_prefix="runai:",
    groups_prefix="teams:",
)


def test_it_writes_the_flags_of_offline_verification() -> None:
    assert oidc_flags(FACTS) == [
        "--oidc-issuer-url=https://identity.example.com/auth/realms/runai",
        "--oidc-client-id=runai-prod-c0000000",
        "--oidc-username-claim=preferred_username",
        "--oidc-username-prefix=runai:",
        "--oidc-groups-claim=groups",
        "--oidc-groups-prefix=teams:",
        "--oidc-signing-algs=RS256,ES256",
    ]


def test_it_bounds_how_long_an_answer_of_the_webhook_is_kept() -> None:
    assert "--authentication-token-webhook-cache-ttl=30s" in webhook_flags()
    assert "--authentication-token-webhook-version=v1" in webhook_flags()


@pytest.mark.parametrize("read", [json.loads, yaml.safe_load])
def test_it_writes_a_file_that_reads_as_json_and_as_yaml(read: object) -> None:
    assert callable(read)
    config = read(webhook_kubeconfig(FACTS, token='odd: "token"\n# {}'))

    cluster, user = config["clusters"][0], config["users"][0]
    assert cluster["cluster"]["server"] == f"https://identity.example.com/api/v1/clusters/{FACTS.uuid}/tokenreview"
    assert user["user"]["token"] == 'odd: "token"\n# {}'
    assert config["contexts"][0]["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert config["current-context"] == config["contexts"][0]["name"]


@pytest.mark.parametrize("prefix", ["runai:", "a:", "people/", "x@y-", "a" * 59 + ":", "systems:"])
def test_it_takes_a_prefix_that_ends_in_a_mark(prefix: str) -> None:
    PREFIX(prefix)

"""What is public costs little with many clusters too."""

import pytest
from django.test import Client

from access.models import ScopeType
from clustersync.models.fetches import KeyFetch
from clustersync.services import fetches
from tests import cast
from tests.anonymous.requests import PROTOCOL
from tests.keys import plant_keys

pytestmark = pytest.mark.django_db


def fetch_keys(address: str) -> int:
    return Client().get(f"{PROTOCOL}/certs", REMOTE_ADDR=address).status_code


def test_the_networks_of_clusters_are_read_once(tree: cast.Tree) -> None:
    """With a thousand clusters, to read them took ten milliseconds of every fetch of the keys."""
    plant_keys()
    for number in range(50):
        scope = cast.node(ScopeType.CLUSTER, f"c0000000-0000-4000-8000-{number + 100:012}", f"c{number}", tree.tenant)
        cast.cluster(scope, f"w{number}", api_addresses=[f"10.0.{number}.0/24"])
    fetch_keys("10.0.7.1")
    read = fetches._network.cache_info().misses

    assert fetch_keys("10.0.8.1") == fetch_keys("192.0.2.1") == 200
    assert fetches._network.cache_info().misses == read
    assert set(KeyFetch.objects.values_list("address", flat=True)) == {"10.0.7.1", "10.0.8.1"}

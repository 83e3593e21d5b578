from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from sso import id_token
from sso.models import IdentityProvider
from tests.cast import Tree
from tests.keys import plant_keys
from tests.sso.idp import IdP
from tests.sso.idps import Web
from tests.sso.op import OP
from tests.sso.signing_in import Visitor, connect
from tokens import keyring


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def provider(tree: Tree, idp: IdP) -> IdentityProvider:
    return connect(idp)


@pytest.fixture
def visitor(idp: IdP, provider: IdentityProvider) -> Visitor:
    return Visitor(idp, provider)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """Where metadata is fetched from, without a network."""
    made = Web()
    monkeypatch.setattr("sso.services.metadata.fetch", made.fetch)
    return made


@pytest.fixture
def keys(db: None) -> Iterator[None]:
    plant_keys()
    yield
    keyring.forget()


@pytest.fixture
def op(settings: Any) -> Iterator[OP]:
    """On loopback, which is listed as ours."""
    settings.OUTBOUND_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)
    id_token._jwks.clear()  # by address, and an earlier provider may have had the same port
    made = OP()
    yield made
    made.close()

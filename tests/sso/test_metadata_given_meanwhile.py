"""What an administrator gives while a provider's metadata is fetched again is newer, and stays."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.utils import timezone

from common.actors import SYSTEM
from common.errors import Invalid, Unavailable
from sso.models import IdentityProvider
from sso.services.metadata import refresh_due, refresh_for_unknown_key, refresh_metadata
from sso.services.providers import update_provider
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import connect

URL = "https://idp.example.com/metadata.xml"
RENEWED = IdP(keys=[key("renewed")]).metadata()
REFRESHES: dict[str, Callable[[IdentityProvider], object]] = {
    "each day": lambda provider: refresh_due(),
    "for an unknown key": refresh_for_unknown_key,
    "now": lambda provider: refresh_metadata(actor=SYSTEM, provider=provider),
}
GIVEN: dict[str, dict[str, Any]] = {
    "a file": {"metadata": RENEWED},
    "another address": {"metadata_url": f"{URL}?renewed"},
}


def while_fetching(provider: IdentityProvider, given: dict[str, Any], fails: bool) -> Callable[..., bytes]:
    """In the place of `common.outbound.fetch`: an administrator is quicker than the old address."""

    def fetch(url: str, **options: Any) -> bytes:
        if url != URL:
            return RENEWED.encode()
        update_provider(actor=SYSTEM, provider=provider, **given)
        if fails:
            raise Unavailable("unreachable", "It went away.")
        return IdP().metadata().encode()

    return fetch


@pytest.mark.parametrize("fails", [False, True])
def test_one_that_is_deleted_meanwhile_stops_no_other(
    provider: IdentityProvider, idp: IdP, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    connect(idp, alias="second")
    IdentityProvider.objects.update(metadata_url=URL, metadata_due_at=timezone.now(), metadata_read_at=None)
    fetched: list[str] = []

    def fetch(url: str, **options: Any) -> bytes:
        if not fetched:
            IdentityProvider.objects.filter(metadata_due_at__gt=timezone.now()).delete()  # the claimed one
        fetched.append(url)
        if fails and len(fetched) == 1:
            raise Unavailable("unreachable", "It went away.")
        return IdP().metadata().encode()

    monkeypatch.setattr("sso.services.metadata.fetch", fetch)

    assert (refresh_due(), len(fetched)) == (1, 2)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("given", GIVEN.values(), ids=list(GIVEN))
@pytest.mark.parametrize("refresh", REFRESHES)
def test_it_stays(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch, refresh: str, given: dict[str, Any], fails: bool
) -> None:
    IdentityProvider.objects.update(metadata_url=URL, metadata_due_at=timezone.now(), metadata_read_at=None)
    provider.refresh_from_db()
    monkeypatch.setattr("sso.services.metadata.fetch", while_fetching(provider, given, fails))

    with suppress(Invalid):
        REFRESHES[refresh](provider)

    now = IdentityProvider.objects.get()
    assert now.peer["certificates"] == [key("renewed").pem.decode()]
    assert (now.metadata_url, now.metadata_problem) == (given.get("metadata_url", ""), "")
    assert bool(now.metadata_due_at) is bool(now.metadata_url)

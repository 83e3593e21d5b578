"""More of what the tabs of a cluster and of a provider list, to count the statements that they take."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, User
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from sso.models import Attempt, Identity, IdentityProvider
from tests import cast


def grow(prod: Cluster, acme: IdentityProvider, number: int) -> User:
    """Add a credential of the cluster, and a person of the provider with a group and a refused sign-in."""
    now, name = timezone.now(), f"filled{number}"
    user = cast.person(name)
    new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    Identity.objects.create(provider=acme, email=user.email, issuer="i", subject=name, user=user, last_seen_at=now)
    Membership.objects.create(group=cast.make_group(name), user=user, source="acme")
    facts = {"provider": acme, "email": user.email, "outcome": "refused", "code": "audience"}
    Attempt.objects.create(**facts, reference=f"4F7K-{number:04}", at=now)
    return user


def statements(browser: Client, addresses: list[str]) -> list[int]:
    counted = []
    for address in addresses:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address, follow=True).status_code == 200, address
        counted.append(len(asked))
    return counted

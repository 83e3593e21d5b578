"""What the migrations make of directories and people that were there before: the oldest goes on, nobody gets more."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import User
from sso.models import Identity, IdentityProvider
from tests import cast


def migrated(name: str, *steps: str) -> None:
    module: Any = import_module(f"sso.migrations.{name}")
    for step in steps:
        getattr(module, step)(apps, None)


@pytest.fixture
def before(db: None) -> None:
    """As rows were: nothing declared, nobody's source said."""
    for alias, type_ in (("okta", "saml"), ("acme", "oidc")):
        provider = IdentityProvider.objects.create(alias=alias, type=type_, name=alias, enabled=True)
        for name in (f"of-{alias}", "both"):
            user = User.objects.filter(email=f"{name}@example.com").first() or cast.person(name, is_local=False)
            Identity.objects.create(
                provider=provider, issuer="x", subject=name, user=user, email=user.email, last_seen_at=timezone.now()
            )


def test_the_oldest_provider_may_assert_what_it_did_and_the_others_nothing(before: None) -> None:
    migrated("0004_declared_domains", "declare", "say_who_brings_whom")

    declared = IdentityProvider.objects.order_by("created_at").values_list("email_domains", "group_names", "posix_ids")
    assert list(declared) == [(["*"], ["*"], True), ([], [], False)]


def test_people_are_brought_by_who_brought_them_first(before: None) -> None:
    migrated("0004_declared_domains", "declare", "say_who_brings_whom")
    migrated("0005_what_is_said_of_values", "note_who_vouches")

    people = User.objects.order_by("email").values_list("email", "source", "email_verified_by")
    assert list(people) == [
        ("both@example.com", "okta", "okta"),
        ("of-acme@example.com", "acme", ""),
        ("of-okta@example.com", "okta", "okta"),
    ]

"""A second factor that Settings | Sign-in requires, and people who sign in through a provider."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import ACR_ONE, ACR_SEVERAL
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from sso.models import Identity
from sso.services.identities import link_identity
from tests import cast
from tests.accounts.factors import enrol
from tests.admin.test_step_up import go_on, next_of
from tests.sso.signing_in import Visitor
from tests.sso.statement import PASSWORD

REFEDS = "https://refeds.org/profile/mfa"
CONTEXTS = {PASSWORD: ACR_ONE, REFEDS: ACR_SEVERAL}


@pytest.fixture
def linked(visitor: Visitor, ada: User) -> Visitor:
    """Ada has a password here, and is linked with an identity of the provider."""
    identity = Identity.objects.create(
        provider=visitor.provider,
        issuer=visitor.idp.entity_id,
        subject="ada-1",
        email=ada.email,
        last_seen_at=timezone.now(),
    )
    visitor.provider.privileged = True
    visitor.provider.save()
    link_identity(actor=SYSTEM, identity=identity, user=ada)
    return visitor


def come(visitor: Visitor, ada: User, context: str, **query: str) -> Any:
    asked = visitor.idp.read(visitor.ask(**query))
    assert asked.force_authn is ("again" in query)
    told = {"name_id": "ada-1", "attributes": {"email": [ada.email]}, "authn_context": context}
    return visitor.post(visitor.idp.answer(asked, **told))


@pytest.mark.parametrize("enrolled", [True, False])
@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("context", CONTEXTS)
def test_the_provider_decides_about_the_second_factor(
    linked: Visitor, ada: User, context: str, required: bool, enrolled: bool
) -> None:
    update_general_settings(actor=SYSTEM, second_factor_of_administrators=required, second_factor_grace_days=0)
    if enrolled:
        enrol(ada)

    come(linked, ada, context)

    assert linked.browser.get("/admin/").status_code == 200
    session = Session.objects.get(provider_id=linked.provider.pk)
    assert session.acr == CONTEXTS[context]
    assert ("mfa" in session.amr) is (context == REFEDS)


@pytest.mark.parametrize("context", CONTEXTS)
def test_the_same_person_with_a_password_needs_it(linked: Visitor, ada: User, context: str) -> None:
    """Also when they signed in through the provider before, in another browser."""
    update_general_settings(actor=SYSTEM, second_factor_of_administrators=True, second_factor_grace_days=0)
    come(linked, ada, context)

    browser = Client()
    browser.post("/login", {"email": ada.email, "password": cast.PASSWORD})

    assert browser.get("/admin/").status_code == 302


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("before", CONTEXTS)
def test_before_a_sensitive_act_they_sign_in_there_again(
    linked: Visitor, ada: User, charlie: User, before: str, context: str
) -> None:
    update_general_settings(actor=SYSTEM, second_factor_of_administrators=True, second_factor_grace_days=0)
    come(linked, ada, before)
    (session,) = Session.objects.all()
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))
    act = f"/admin/accounts/user/{charlie.pk}/cut-access/"

    then = next_of(linked.browser.post(act, {"disable": "on", "confirmed": "1"}))
    come(linked, ada, context, again="1", next=then)
    go_on(linked.browser, then)

    charlie.refresh_from_db()
    assert not charlie.enabled
    again = Session.objects.live().get(user=ada)
    assert (again.pk, again.acr) == (session.pk, CONTEXTS[context])

"""Whatever must shut the ways by which a token is issued or honoured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from access.models import AccessRule
from accounts.models import GeneralSettings, Session, User
from accounts.services.cutting import cut_access
from accounts.services.users import delete_user
from clustersync.models import Cluster, Mode
from clustersync.services.tokens import revoke_token, tokens_of
from common.actors import SYSTEM
from sso.models import IdentityProvider
from tests import cast
from tests.gate.exceptions import (
    for_somebody_else,
    of_the_consent,
    of_the_grant_type,
    with_a_cluster,
    with_a_grant,
    with_a_provider,
    with_a_session,
    with_a_token_for_the_api,
    with_a_token_for_the_cluster,
    with_a_token_made_before,
    with_an_opaque_token,
    with_an_open_browser,
    with_its_own_second_factor,
    with_no_new_session,
    with_the_password,
    with_the_present_password,
    with_the_secret,
    with_the_shop,
)
from tests.gate.paths import Path
from tests.gate.world import World
from tests.tokens.asking import ask
from tokens.models import Application, Grant
from tokens.services.applications import delete_application, end_previous_secret, rotate_secret
from tokens.services.consents import remembered, withdraw

# Rows are changed behind the verbs' backs, so that no signal can have done the gate's work.


def replace_the_secret(world: World) -> None:
    rotate_secret(actor=SYSTEM, application=world.robo, overlap=timedelta(0))


def replace_the_secret_a_while_ago(world: World) -> None:
    rotate_secret(actor=SYSTEM, application=world.robo)
    Application.objects.filter(pk=world.robo.pk).update(previous_secret_ends_at=timezone.now())


def end_the_old_secret(world: World) -> None:
    rotate_secret(actor=SYSTEM, application=world.robo)
    end_previous_secret(actor=SYSTEM, application=world.robo)


def cut_the_owner(world: World) -> None:
    owner = cast.person("owner")
    Application.objects.filter(pk=world.robo.pk).update(created_by=owner.email)
    cut_access(actor=SYSTEM, user=owner, applications=True)


def disable_user(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(enabled=False)


def must_change_password(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(must_change_password=True)


def add_a_second_factor(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(second_factor_since=timezone.now())


def must_add_a_second_factor(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(second_factor_due_at=timezone.now())
    GeneralSettings.objects.create(pk=1, second_factor_of_roles=["L1 researcher"], second_factor_grace_days=0)


def revoke_session(world: World) -> None:
    Session.objects.update(revoked_at=timezone.now())


def end_session(world: World) -> None:
    Session.objects.update(created_at=timezone.now() - timedelta(days=8), expires_at=timezone.now())


def lock_out(world: World) -> None:
    for _ in range(100):
        ask(grantType="password", username=world.user.email, password="wrong")


def disable_the_provider(world: World) -> None:
    world.signed_in_elsewhere()
    IdentityProvider.objects.update(enabled=False)


def remove_the_provider(world: World) -> None:
    world.signed_in_elsewhere()
    IdentityProvider.objects.all().delete()


def narrow_the_provider(world: World) -> None:
    world.signed_in_elsewhere()
    IdentityProvider.objects.update(email_domains=["elsewhere.com"])


def let_the_user_lead(world: World) -> None:
    """Give the user more than the provider may give."""
    world.signed_in_elsewhere()
    cast.rule("user", world.user.email, "Cloud operator", cast.plant_tree().tenant)


def let_the_browser_idle(world: World) -> None:
    Session.objects.filter(kind="browser").update(last_active_at=timezone.now() - timedelta(minutes=61))


def revoke_grants(world: World) -> None:
    Grant.objects.update(revoked_at=timezone.now())


def revoke_cluster_tokens(world: World) -> None:
    for token in tokens_of(world.user):
        revoke_token(actor=world.user, token=token)


def withdraw_consent(world: World) -> None:
    given = remembered(user=world.user, application=world.shop)
    assert given is not None
    withdraw(actor=world.user, consent=given)


def take_the_audiences(world: World) -> None:
    Application.objects.filter(pk=world.shop.pk).update(audiences=[])


def narrow_the_grant_to_the_cluster(world: World) -> None:
    Grant.objects.update(audience=world.cluster.audience)


def narrow_the_grant_to_the_api(world: World) -> None:
    Grant.objects.update(audience=settings.API_AUDIENCE)


def take_the_grant_types(world: World) -> None:
    Application.objects.filter(pk=world.robo.pk).update(grant_types=["authorization_code"])
    Application.objects.filter(pk=world.shop.pk).update(grant_types=["refresh_token"])


def disable_application(world: World) -> None:
    Application.objects.update(enabled=False)


def disable_cluster(world: World) -> None:
    Cluster.objects.update(enabled=False)


def verify_offline(world: World) -> None:
    Cluster.objects.update(mode=Mode.OIDC)


def remove_rules(world: World) -> None:
    AccessRule.objects.update(deleted_at=timezone.now())


@dataclass(frozen=True)
class Condition:
    """Something that speaks against `whose` credentials; `unless` tells which paths it leaves open, and why."""

    happen: Callable[[World], object]
    whose: str = ""
    unless: Callable[[Path], str] = lambda path: ""


CONDITIONS = {
    "grant revoked": Condition(revoke_grants, "person", with_a_grant),
    "grant for a cluster": Condition(narrow_the_grant_to_the_cluster, "person", with_a_token_for_the_api),
    "grant for the API": Condition(narrow_the_grant_to_the_api, "person", with_a_token_for_the_cluster),
    "consent withdrawn": Condition(withdraw_consent, "person", of_the_consent),
    "browser idle": Condition(let_the_browser_idle, "person", with_an_open_browser),
    "identity provider disabled": Condition(disable_the_provider, "person", with_a_provider),
    "identity provider may not assert the address": Condition(narrow_the_provider, "person", with_a_provider),
    "user has more than the identity provider may give": Condition(let_the_user_lead, "person", with_a_provider),
    "identity provider removed": Condition(remove_the_provider, "person", with_a_provider),
    "shop deleted": Condition(lambda w: delete_application(actor=SYSTEM, application=w.shop), "person", with_the_shop),
    "user disabled": Condition(disable_user, "person"),
    "access cut": Condition(lambda w: cut_access(actor=SYSTEM, user=w.user), "person"),
    "access cut, without disabling": Condition(
        lambda w: cut_access(actor=SYSTEM, user=w.user, disable=False), "person", with_no_new_session
    ),
    "access of its owner cut": Condition(cut_the_owner, "application"),
    "user deleted": Condition(lambda w: delete_user(actor=SYSTEM, user=w.user), "person"),
    "password must be changed": Condition(must_change_password, "person", with_the_present_password),
    "second factor missing": Condition(add_a_second_factor, "person", with_its_own_second_factor),
    "second factor to be added": Condition(must_add_a_second_factor, "person", with_its_own_second_factor),
    "locked out": Condition(lock_out, "person", with_the_password),
    "session revoked": Condition(revoke_session, "person", with_a_session),
    "session over": Condition(end_session, "person", with_a_session),
    "audience taken from the client": Condition(take_the_audiences, "person", for_somebody_else),
    "grant types taken from the clients": Condition(take_the_grant_types, "", of_the_grant_type),
    "application disabled": Condition(disable_application),
    "application deleted": Condition(lambda w: delete_application(actor=SYSTEM, application=w.robo), "application"),
    "secret replaced": Condition(replace_the_secret, "application", with_the_secret),
    "secret replaced a while ago": Condition(replace_the_secret_a_while_ago, "application", with_the_secret),
    "secret replaced, and the old one ended": Condition(end_the_old_secret, "application", with_the_secret),
    "cluster disabled": Condition(disable_cluster, "", with_a_cluster),
    "cluster verifies by itself": Condition(verify_offline, "", with_an_opaque_token),
    "cluster token revoked": Condition(revoke_cluster_tokens, "person", with_a_token_made_before),
    "rule gone": Condition(remove_rules, "", with_a_cluster),
}


def not_applicable(path: Path, condition: Condition) -> str:
    """Why this condition says nothing about this path; empty when it must shut it."""
    if condition.whose and condition.whose != path.whose:
        return f"no {condition.whose} takes part"
    return condition.unless(path)

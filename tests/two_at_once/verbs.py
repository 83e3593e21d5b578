"""The verbs that add something to a row, change it or remove it: each made ready first, as a view does, then called."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import access.services as access
import accounts.services.cutting as cutting
import accounts.services.factors as factors
import accounts.services.groups as groups
import accounts.services.invitations as invitations
import accounts.services.password_links as links
import accounts.services.passwords as passwords
import accounts.services.renaming as renaming
import accounts.services.sessions as sessions
import accounts.services.users as users
import clustersync.services.clusters as clusters
import clustersync.services.credentials as credentials
import clustersync.services.fetches as fetches
import clustersync.services.reports as reports
import clustersync.services.tokens as cluster_tokens
import sso.services.identities as identities
import sso.services.keys as provider_keys
import sso.services.providers as providers
import sso.services.sign_in as sign_in
import tokens.services.applications as applications
import tokens.services.codes as codes
import tokens.services.consents as consents
import tokens.services.devices as devices
import tokens.services.grants as grants
import tokens.services.refresh as refresh
import tokens.services.registration as registration
import tokens.services.revocation as revocation
from access.catalog import ROLES
from access.models import ScopeType
from accounts.models import Factor, FactorKind
from accounts.models.sessions import Method, SessionKind
from clustersync.models import CredentialKind
from clustersync.models.fetches import FetchSource
from sso.check_log import CheckLog
from sso.services.attempts import note_refusal
from tests import cast
from tests.two_at_once.world import World
from tokens.services.password import issue_for_password

Call = Callable[[World], Any]
VIEWER = next(role for role in ROLES.values() if role.name == "Viewer")


def _start(world: World) -> Callable[..., Any]:
    return lambda user, said: sessions.start_session(
        user=user, kind=SessionKind.BROWSER, method=Method.FEDERATED, provider_id=world.acme.pk
    )


def _finish(world: World, handle: str) -> Any:
    return sign_in.finish(world.acme, handle=handle, remembered=lambda id_: None, start=_start(world))


REMOVES: dict[str, Call] = {
    "delete_user": lambda w: users.delete_user(actor=w.boss, user=w.alice),
    "delete_group": lambda w: groups.delete_group(actor=w.boss, group=w.team),
    "delete the directory's group": lambda w: groups.delete_group(actor=w.boss, group=w.crew),
    "delete_application": lambda w: applications.delete_application(actor=w.boss, application=w.shop),
    "delete_cluster": lambda w: clusters.delete_cluster(actor=w.boss, cluster=w.edge),
    "delete_provider": lambda w: providers.delete_provider(actor=w.boss, provider=w.acme),
    "delete_project": lambda w: access.delete_scope(actor=w.boss, scope=w.project),
    "delete_department": lambda w: access.delete_scope(actor=w.boss, scope=w.empty),
}
ENDS: dict[str, Call] = {
    "delete the directory's user": lambda w: users.delete_user(actor=w.boss, user=w.brought),
    "revoke_access": lambda w: access.revoke_access(actor=w.boss, rule=w.rule),
    "remove_member": lambda w: groups.remove_member(actor=w.boss, group=w.team, user=w.alice),
    "revoke_session": lambda w: sessions.revoke_session(actor=w.boss, session=w.device, because="test"),
    "revoke a browser's session": lambda w: sessions.revoke_session(actor=w.boss, session=w.web, because="test"),
    "force_logout": lambda w: users.force_logout(actor=w.boss, user=w.alice),
    "cut_access": lambda w: cutting.cut_access(actor=w.boss, user=w.alice, applications=True),
    "disable_user": lambda w: users.disable_user(actor=w.boss, user=w.alice),
    "end": lambda w: grants.end(actor=w.alice, grant=w.own_grant, because="test"),
    "revoke": lambda w: revocation.revoke(w.refresh_token, asking=w.shop),
    "withdraw": lambda w: consents.withdraw(actor=w.boss, consent=w.consent),
    "revoke_token": lambda w: cluster_tokens.revoke_token(actor=w.alice, token=w.token),
    "end_credential": lambda w: credentials.end_credential(actor=w.boss, credential=w.credential),
    "end_replaced": lambda w: credentials.end_replaced(actor=w.boss, cluster=w.edge),
    "remove_factor": lambda w: factors.remove_factor(user=w.wary, factor_id=w.factor.pk, session=w.web),
    "reset_factors": lambda w: factors.reset_factors(actor=w.boss, user=w.wary),
    "unlink_identity": lambda w: identities.unlink_identity(actor=w.boss, identity=w.identity),
    "disable_provider": lambda w: providers.disable_provider(actor=w.boss, provider=w.acme),
    "remove_old_keys": lambda w: provider_keys.remove_old_keys(actor=w.boss, provider=w.acme),
    "delete_registration_token": lambda w: registration.delete_registration_token(actor=w.boss, token=w.registration),
    "end_previous_secret": lambda w: applications.end_previous_secret(actor=w.boss, application=w.shop),
    "disable an application": lambda w: applications.set_application_enabled(
        actor=w.boss, application=w.shop, enabled=False
    ),
}
ADDS: dict[str, Call] = {
    "create_project": lambda w: access.create_scope(
        actor=w.boss, type_=ScopeType.PROJECT, name=f"new-{w.n}", parent=w.empty
    ),
    "grant_access": lambda w: access.grant_access(
        actor=w.boss, subject_type="user", subject_id=w.alice.email, role=VIEWER, scope=w.project
    ),
    "grant_access, to whom the directory brings": lambda w: access.grant_access(
        actor=w.boss, subject_type="group", subject_id=w.crew.name, role=VIEWER, scope=w.project, source=w.acme.alias
    ),
    "add_member": lambda w: groups.add_member(actor=w.boss, group=w.crew, user=w.boss),
    "add the user": lambda w: groups.add_member(actor=w.boss, group=cast.make_group(f"late-{w.n}"), user=w.alice),
    "issue_for_password": lambda w: issue_for_password(
        email=w.alice.email, password=cast.PASSWORD, client_id=w.own_grant.application.client_id
    ),
    "start_session": lambda w: sessions.start_session(user=w.alice, kind=SessionKind.BROWSER),
    "authenticate_again": lambda w: sessions.authenticate_again(user=w.alice, session=w.web),
    "add_factor": lambda w: factors.add_factor(
        Factor(user=w.alice, kind=FactorKind.TOTP, name="n"), session=w.web, words=()
    ),
    "renew_recovery_codes": lambda w: factors.renew_recovery_codes(user=w.wary),
    "finish": lambda w: _finish(w, w.handle),
    "finish, with a group": lambda w: _finish(w, w.handle_with_group),
    "finish, as a stranger": lambda w: _finish(w, w.strangers_handle),
    "note_refusal": lambda w: note_refusal(w.acme, CheckLog(), code="bad_signature"),
    "link_identity": lambda w: identities.link_identity(actor=w.boss, identity=w.unlinked),
    "save_code": lambda w: codes.save_code(
        f"new-{w.n}", session=w.web, application=w.shop, redirect_uri="https://shop.example.com", scope="openid email"
    ),
    "redeem": lambda w: codes.redeem(w.code),
    "start_device": lambda w: devices.start_device(application=w.shop, scope=["openid"]),
    "approve": lambda w: devices.approve(session=w.web, waiting=w.waiting),
    "deny": lambda w: devices.deny(session=w.web, waiting=w.waiting),
    "poll": lambda w: devices.poll(f"CCCC-{w.n}", application=w.shop),
    "refresh": lambda w: refresh.refresh(token=w.refresh_token, application=w.shop),
    "remember": lambda w: consents.remember(user=w.alice, application=w.shop, scopes=["openid"]),
    "create_token": lambda w: cluster_tokens.create_token(actor=w.alice, session=w.web, cluster=w.edge, name="x"),
    "new_credential": lambda w: credentials.new_credential(
        actor=w.boss, cluster=w.edge, kind=CredentialKind.WEBHOOK, overlap=timedelta(minutes=1)
    ),
    "keep_report": lambda w: reports.keep_report(
        w.prod, reports.AgentReport(seconds=1, applied=1, rules={w.rule.pk: ("Ready", "")})
    ),
    "keep_report, of the cluster": lambda w: reports.keep_report(w.edge, reports.AgentReport(seconds=1, failed=1)),
    "note_fetch": lambda w: fetches.note_fetch(w.edge.pk, kids=["k"], source=FetchSource.ADDRESS, address="192.0.2.1"),
    "publish_next_key": lambda w: provider_keys.publish_next_key(actor=w.boss, provider=w.acme),
}
CHANGES: dict[str, Call] = {
    "update_user": lambda w: users.update_user(actor=w.boss, user=w.alice, first_name="A"),
    "rename_user": lambda w: renaming.rename_user(actor=w.boss, user=w.alice, email=f"renamed-{w.n}@example.com"),
    "adopt_user": lambda w: users.adopt_user(actor=w.boss, user=w.brought, source=""),
    "verify_email": lambda w: users.verify_email(actor=w.boss, user=w.brought, by=w.acme.alias),
    "enable_user": lambda w: users.enable_user(actor=w.boss, user=w.alice),
    "choose_password": lambda w: links.choose_password(link=w.link, new="Another-Horse-77"),
    "invite_again": lambda w: invitations.invite_again(actor=w.boss, user=w.invited, by_mail=False),
    "reset_password": lambda w: passwords.reset_password(actor=w.boss, user=w.alice),
    "change_password": lambda w: passwords.change_password(
        user=w.alice, current=cast.PASSWORD, new="Another-Horse-77", keep=w.web
    ),
    "rename_factor": lambda w: factors.rename_factor(user=w.wary, factor_id=w.factor.pk, name="m"),
    "describe_group": lambda w: groups.describe_group(actor=w.boss, group=w.team, description="d"),
    "update_registration": lambda w: applications.update_registration(
        actor=w.boss, application=w.shop, changes={"display_name": "S", "scopes": ["openid"]}
    ),
    "rotate_secret": lambda w: applications.rotate_secret(actor=w.boss, application=w.shop),
    "update_cluster": lambda w: clusters.update_cluster(actor=w.boss, cluster=w.edge, enabled=False),
    "update_provider": lambda w: providers.update_provider(actor=w.boss, provider=w.acme, name="A"),
    "enable_provider": lambda w: providers.enable_provider(actor=w.boss, provider=w.acme),
    "use_next_key": lambda w: provider_keys.use_next_key(actor=w.boss, provider=w.acme),
}
ALL = {**REMOVES, **ENDS, **ADDS, **CHANGES}

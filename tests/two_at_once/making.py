"""Verbs that tests/two_at_once/verbs.py leaves out: nothing can hang yet on what they make, or nothing ever does."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

import accounts.services.branding as branding
import accounts.services.groups as groups
import accounts.services.invitations as invitations
import accounts.services.mail_settings as mail_settings
import accounts.services.settings as settings
import accounts.services.sign_in as sign_in
import accounts.services.users as users
import clustersync.services.clusters as clusters
import sso.services.providers as providers
import tokens.services.applications as applications
import tokens.services.keys as keys
import tokens.services.registration as registration
from accounts.models import User
from common.errors import DomainError
from sso.models.keys import KeyState
from tests.two_at_once.verbs import ALL, Call
from tests.two_at_once.world import World
from tokens.models import SigningKey
from tokens.models.keys import Algorithm
from tokens.services import consents

OPENID = {
    "issuer": "https://id.example.org",
    "authorization_endpoint": "https://id.example.org/authorize",
    "token_endpoint": "https://id.example.org/token",
    "jwks_uri": "https://id.example.org/jwks",
}
REGISTERED = {"redirect_uris": ["https://new.example.com/cb"]}


def _lock_out(world: World) -> None:
    for _ in range(11):
        with suppress(DomainError):
            sign_in.check_password(email=world.alice.email, password="wrong")


def _declare(world: World, **fields: Any) -> None:
    world.acme.email_domains = world.acme.group_names = ["*"]
    vars(world.acme).update(fields)
    world.acme.save()


def _unlink(world: World) -> None:
    _declare(world)
    world.identity.delete()


MAKES: dict[str, Call] = {
    "create_user": lambda w: users.create_user(actor=w.boss, email=f"new-{w.n}@example.com"),
    "create_group": lambda w: groups.create_group(actor=w.boss, name=f"new-{w.n}"),
    "register_client": lambda w: applications.register_client(actor=w.boss, name=f"new-{w.n}", registration={}),
    "register_dynamically": lambda w: registration.register_dynamically(
        token=registration.create_registration_token(actor=w.boss, note="n", uses=1, lifetime=timedelta(days=1))[1],
        registration=REGISTERED,
    ),
    "register_cluster": lambda w: clusters.register_cluster(actor=w.boss, name=f"new-{w.n}"),
    "connect_provider": lambda w: providers.connect_provider(
        actor=w.boss, alias=f"new-{w.n}", type="oidc", client_id="x", client_secret="y", metadata=json.dumps(OPENID)
    ),
}
# On what these make, nothing hangs.
ALONE: dict[str, Call] = {
    "invite_user": lambda w: invitations.invite_user(actor=w.boss, email=f"new-{w.n}@example.com", by_mail=False),
    "create_registration_token": lambda w: registration.create_registration_token(
        actor=w.boss, note="n", uses=1, lifetime=timedelta(days=1)
    ),
    "unlock_user": lambda w: users.unlock_user(actor=w.boss, user=w.alice),
    "update_general_settings": lambda w: settings.update_general_settings(actor=w.boss, idle_timeout_minutes=50),
    "update_mail_settings": lambda w: mail_settings.update_mail_settings(actor=w.boss, mail_new_places=False),
    "update_branding": lambda w: branding.update_branding(actor=w.boss, brand_name="Acme"),
    "reset_branding": lambda w: branding.reset_branding(actor=w.boss),
    "rotate": lambda w: keys.rotate(actor=w.boss, algorithm=Algorithm.ES256),
    "rotate_at_once": lambda w: keys.rotate_at_once(actor=w.boss, algorithm=Algorithm.ES256),
    "encrypt_again": lambda w: keys.encrypt_again(actor=w.boss),
}
# What has to be so before, where a world as it is would be refused.
READY: dict[str, Call] = {
    "link_identity": _unlink,
    "update_provider": _declare,
    "the domains of a provider": _declare,
    "publish_next_key": lambda w: w.acme.keys.filter(state=KeyState.NEXT).delete(),
    "save_code": lambda w: consents.remember(
        user=w.alice, application=w.shop, scopes=["openid", "email"], redirect_uri="https://shop.example.com"
    ),
    "enable_user": lambda w: User.objects.filter(pk=w.alice.pk).update(enabled=False),
    "unlock_user": _lock_out,
    "rotate": lambda w: SigningKey.objects.update(created_at=timezone.now() - timedelta(days=60)),
    "enable_provider": lambda w: _declare(w, enabled=False),
}
# Those that ask what the actor may do; the others are about what is one's own, or come of a directory or a client.
BY_RIGHTS = {name: verb for name, verb in {**ALL, **MAKES, **ALONE}.items() if "boss" in verb.__code__.co_names}

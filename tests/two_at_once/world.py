"""One of everything that can be removed, with everything that can hang on it. Made anew for each pair of verbs."""

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from access.models import Scope, ScopeType
from access.services import plant_roots
from accounts.models import Factor, FactorKind, LinkPurpose, Membership, Session, User
from accounts.models.sessions import Method, SessionKind
from accounts.services.password_links import make_link
from clustersync.models import ClusterCredential, ClusterToken, CredentialKind, SyncReport
from common.encryption import encrypt
from common.hashes import sha256_of
from sso.check_log import CheckLog
from sso.models import Identity, IdentityProvider, ProviderSession, ServiceProviderKey, WaitingSignIn
from sso.models.keys import KeyState
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import CHALLENGE, SHOP_REDIRECT, SHOP_SECRET
from tokens.models import Application, AuthorizationCode, Consent, DeviceCode, Grant, RegistrationToken
from tokens.services.devices import _hash_user_code
from tokens.services.refresh import first_refresh_token

_worlds = count(1)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def plant() -> User:
    """What all worlds share: roots, keys, our clients, and an administrator."""
    plant_roots()
    plant_keys()
    boss = cast.person("boss")
    cast.rule("user", boss.email, "System administrator", Scope.objects.get(pk="1"))
    return boss


@dataclass
class World:
    boss: User

    def __post_init__(self) -> None:
        self.n = next(_worlds)
        with transaction.atomic():
            self._people()
            self._tree()
            self._clients()
            self._directory()

    def _people(self) -> None:
        self.alice = cast.person(f"alice-{self.n}")
        self.wary = cast.person(f"wary-{self.n}", second_factor_since=timezone.now())
        self.factor = Factor.objects.create(user=self.wary, kind=FactorKind.TOTP, name="Phone")
        self.invited = cast.person(f"invited-{self.n}")
        self.link = make_link(self.alice, LinkPurpose.RECOVERY).address.partition("link=")[2]
        self.team = cast.make_group(f"team-{self.n}", self.alice)
        self.crew = cast.make_group(f"crew-{self.n}")
        self.web = self._session(SessionKind.BROWSER)
        self.device = self._session(SessionKind.DEVICE)

    def _session(self, kind: SessionKind, **fields: Any) -> Session:
        ends = timezone.now() + timedelta(days=1)
        return Session.objects.create(user=self.alice, kind=kind, expires_at=ends, **fields)

    def _tree(self) -> None:
        tenant = Scope.objects.get(pk="1")
        self.prod = cast.cluster(cast.node(ScopeType.CLUSTER, str(uuid4()), f"prod-{self.n}", tenant), f"w-{self.n}")
        self.edge = cast.cluster(cast.node(ScopeType.CLUSTER, str(uuid4()), f"edge-{self.n}", tenant), f"e-{self.n}")
        self.department = cast.node(ScopeType.DEPARTMENT, str(uuid4()), f"d-{self.n}", self.prod.scope)
        self.empty = cast.node(ScopeType.DEPARTMENT, str(uuid4()), f"empty-{self.n}", self.prod.scope)
        self.project = cast.node(ScopeType.PROJECT, str(uuid4()), f"p-{self.n}", self.department)
        self.rule = cast.rule("user", self.alice.email, "Editor", self.project)
        cast.rule("user", self.alice.email, "Viewer", self.edge.scope)
        cast.rule("group", self.team.name, "Viewer", self.edge.scope)
        self.credential = ClusterCredential.objects.get(cluster=self.edge)
        ClusterCredential.objects.create(
            cluster=self.edge,
            kind=CredentialKind.AGENT,
            secret_hash=sha256_of(f"replaced-{self.n}"),
            ends_at=timezone.now() + timedelta(hours=1),
        )
        SyncReport.objects.create(cluster=self.edge, at=timezone.now(), seconds=1)

    def _clients(self) -> None:
        secret = sha256_of(SHOP_SECRET)
        self.shop = Application.objects.create(
            name=f"shop-{self.n}",
            client_id=f"shop-{self.n}",
            secret_hash=secret,
            redirect_uris=SHOP_REDIRECT,
            grant_types=["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT],
            backchannel_logout_uri="https://shop.example.com/logout",
            previous_secret_hash=secret[::-1],
            previous_secret_ends_at=timezone.now() + timedelta(hours=1),
        )
        cast.rule("app", self.shop.client_id, "Viewer", self.edge.scope)
        self.consent = Consent.objects.create(
            user=self.alice, application=self.shop, scopes=["email", "groups", "openid", "profile"]
        )
        self.grant, self.refresh_token = self._grant(self.web, self.shop)
        self.own_grant, self.own_refresh_token = self._grant(self.device, Application.objects.get(client_id="cli"))
        self.token_grant, _ = self._grant(
            self._session(SessionKind.CLUSTER_TOKEN), Application.objects.get(client_id="runai-cli")
        )
        self.token = ClusterToken.objects.create(
            cluster=self.edge, grant=self.token_grant, name="t", secret_hash=sha256_of(f"rit_{self.n}")
        )
        self.code = self._code()
        self.waiting = self._device_code("BBBB")
        self.approved = self._device_code("CCCC", approved_in=self.web)
        self.registration = RegistrationToken.objects.create(
            token_hash=sha256_of(f"r-{self.n}"), note="n", expires_at=timezone.now() + timedelta(days=1)
        )

    def _grant(self, session: Session, application: Application) -> tuple[Grant, str]:
        now = timezone.now()
        grant = Grant(
            session=session,
            application=application,
            scope="openid email",
            authenticated_at=now,
            rotated_at=now,
            idle_ends_at=now + timedelta(hours=1),
        )
        token = first_refresh_token(grant)
        grant.save(force_insert=True)
        return grant, token

    def _code(self) -> AuthorizationCode:
        return AuthorizationCode.objects.create(
            code_hash=sha256_of(f"code-{self.n}"),
            application=self.shop,
            session=self.web,
            redirect_uri=SHOP_REDIRECT,
            scope="openid email",
            code_challenge=CHALLENGE,
            expires_at=timezone.now() + timedelta(minutes=1),
        )

    def _device_code(self, letters: str, **fields: Any) -> DeviceCode:
        return DeviceCode.objects.create(
            device_code_hash=sha256_of(f"{letters}-{self.n}"),
            user_code_hash=_hash_user_code(self.user_code(letters)),
            application=self.shop,
            scope="openid",
            interval=5,
            expires_at=timezone.now() + timedelta(minutes=5),
            **fields,
        )

    def user_code(self, letters: str) -> str:
        alphabet = "BCDFGHJKLM"
        return letters + "".join(alphabet[int(digit)] for digit in f"{self.n:04}")

    def _directory(self) -> None:
        peer = {"issuer": "https://op.example.com", "userinfo_endpoint": "https://op.example.com/me"}
        self.acme = IdentityProvider.objects.create(
            alias=f"acme-{self.n}", type="saml", name="Acme", enabled=True, allow_idp_initiated=True, peer=peer
        )
        for state in KeyState.values:
            ServiceProviderKey.objects.create(
                provider=self.acme, state=state, certificate="c", private_key_encrypted=b"", not_after=timezone.now()
            )
        self.identity = Identity.objects.create(
            provider=self.acme,
            issuer="acme",
            subject="a-1",
            user=self.alice,
            email=self.alice.email,
            last_seen_at=timezone.now(),
        )
        self.unlinked = Identity.objects.create(
            provider=self.acme, issuer="acme", subject="a-2", email=self.alice.email, last_seen_at=timezone.now()
        )
        self.federated = self._session(SessionKind.BROWSER, method=Method.FEDERATED, provider_id=self.acme.pk)
        ProviderSession.objects.create(session=self.federated, identity=self.identity)
        Membership.objects.create(group=self.crew, user=self.alice, source=self.acme.alias)
        self.brought = cast.person(f"brought-{self.n}", is_local=False, source=self.acme.alias)
        self.handle = self._answer()
        self.handle_with_group = self._answer(groups=[self.team.name])
        self.strangers_handle = self._answer("a-3", email=[f"stranger-{self.n}@example.com"])

    def _answer(self, subject: str = "a-1", **attributes: Any) -> str:
        """What the directory said of somebody waits for the browser under this handle."""
        handle = uuid4().hex
        said = {
            "issuer": "acme",
            "subject": subject,
            "attributes": {"email": [self.alice.email], **attributes},
            "request_id": "",
            "message_id": "",
            "usable_until": None,
            "authenticated_at": None,
            "not_after": None,
            "session_index": "",
            "name_id": {},
            "refresh_token": "",
        }
        WaitingSignIn.objects.create(
            handle_hash=sha256_of(handle),
            provider=self.acme,
            expires_at=timezone.now() + timedelta(minutes=1),
            said_encrypted=encrypt(json.dumps({"said": said, "trial": CheckLog().as_json()}).encode()),
        )
        return handle

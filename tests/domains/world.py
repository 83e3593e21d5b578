"""Everybody who holds a credential: a person, applications, and clusters of every kind."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from access.models import ScopeType
from accounts.models import User
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.protocol.oidc_core.assertions import make_signer
from tests.protocol.relying import decide, landed
from tests.tokens import asking
from tests.tokens.asking import SHOP_SECRET, make_shop
from tokens.models import Application
from tokens.services.consents import remember

FULL = "openid email profile groups"
CALLBACK = {
    "shop": asking.SHOP_REDIRECT,
    "portal": asking.SHOP_REDIRECT,
    "runai": "http://127.0.0.1/callback",
    "runai-cli": "http://127.0.0.1/callback",
}
# Confidential clients; who is not here needs no secret.
SECRETS = {"shop": SHOP_SECRET, "portal": SHOP_SECRET, "robo": cast.ROBO_SECRET, "nosy": SHOP_SECRET}
# Name: fields. A rule of Ada and of robo reaches all.
CLUSTERS: dict[str, dict[str, object]] = {
    "prod": {},
    "lab": {},
    "old": {"legacy_flags": True},
    "older": {"legacy_flags": True},
    "sharing": {"accepts_shared_audience": True},
}


@dataclass
class World:
    """`nosy` is a client that nothing was issued to, and that is registered for no audience but its own."""

    ada: User
    robo: Application
    clusters: dict[str, Cluster] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tree = cast.plant_tree()
        cast.rule("app", "robo", "Viewer", tree.tenant)
        for number, (name, fields) in enumerate(CLUSTERS.items(), start=1):
            id_ = tree.prod.pk if name == "prod" else f"c0000000-0000-4000-8000-{number:012}"
            scope = cast.node(ScopeType.CLUSTER, id_, name, tree.tenant)
            made = self.clusters[name] = cast.cluster(scope, f"webhook-{name}", mode="both", **fields)
            self.webhooks[name] = new_credential(actor=SYSTEM, cluster=made, kind=CredentialKind.WEBHOOK)
            self.agents[name] = new_credential(actor=SYSTEM, cluster=made, kind=CredentialKind.AGENT)
        for name, target in (("shop", "prod"), ("portal", "api")):
            client = make_shop(name=name, audiences=[self.audience(target)])
            remember(user=self.ada, application=client, scopes=client.scopes, audience=self.audience(target))
        make_shop(name="nosy")
        make_signer()
        self.browser = asking.signed_in(self.ada)

    def audience(self, cluster: str) -> str:
        """What a token is asked for with: for a cluster, the `api`, or for whatever is usual."""
        if cluster == "api":
            return str(settings.API_AUDIENCE)
        return self.clusters[cluster].audience if cluster else ""

    def code(self, client: str, cluster: str = "", scope: str = FULL) -> str:
        asked = {"client_id": client, "redirect_uri": CALLBACK[client], "resource": self.audience(cluster)}
        answer = asking.authorize(self.browser, scope=scope, **asked)
        if answer.status_code == 200:  # a program on this computer is asked about each time
            answer = decide(self.browser, answer)
        return landed(answer)["code"]

    def by_code(self, client: str, cluster: str = "", scope: str = FULL) -> dict[str, Any]:
        answer = self.redeem(self.code(client, cluster, scope), client)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def redeem(self, code: str, client: str) -> Any:
        return self.post(
            "token",
            client,
            grant_type="authorization_code",
            code=code,
            code_verifier=asking.VERIFIER,
            redirect_uri=CALLBACK.get(client, asking.SHOP_REDIRECT),
        )

    def post(self, path: str, client: str, **fields: object) -> Any:
        """A form, as this client."""
        shown = {"client_id": client} | ({"client_secret": SECRETS[client]} if client in SECRETS else {})
        return asking.post_form(path, **shown, **fields)

    def waiting(self, cluster: str = "", *, approved: bool = False) -> dict[str, Any]:
        """A device's codes."""
        waiting = dict(self.post("auth/device", "runai-cli", scope=FULL, resource=self.audience(cluster)).json())
        if approved:
            page = self.browser.post("/device", {"user_code": waiting["user_code"]})
            self.browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})
        return waiting

    def same_browser(self) -> Client:
        """Another window: what happens to its cookies stays there."""
        window = Client()
        window.cookies.load({name: morsel.value for name, morsel in self.browser.cookies.items()})
        return window

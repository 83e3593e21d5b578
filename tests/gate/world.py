"""A person and an application that both have everything, and what they were given before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import LinkPurpose, Session, User
from accounts.services.password_links import make_link
from clustersync.models import Cluster
from sso.models import Identity, IdentityProvider
from tests.clustersync import opaque
from tests.sso.bindings import Asked
from tests.sso.idp import IdP
from tests.sso.signing_in import Visitor, connect
from tests.tokens import asking
from tests.tokens.asking import by_password, by_secret, post_form
from tokens.models import Application
from tokens.services.consents import remember


@dataclass
class World:
    """`held` is what a path goes by, made by `hold` before anything speaks against it."""

    user: User
    robo: Application
    cluster: Cluster
    held: Any = field(default=None)

    def __post_init__(self) -> None:
        self.shop = asking.make_shop(audiences=[self.cluster.audience, settings.API_AUDIENCE])
        for audience in self.shop.audiences:
            remember(user=self.user, application=self.shop, scopes=self.shop.scopes, audience=audience)
        self.browser = asking.signed_in(self.user)

    def hold(self, what: str) -> None:
        self.held = MADE[what](self)

    def asked_a_directory(self) -> list[tuple[Visitor, Asked]]:
        """It knows this person, and makes nobody; two browsers wait for its answer."""
        idp = IdP()
        provider = connect(idp, create_users=False)
        Identity.objects.create(
            provider=provider,
            issuer=idp.entity_id,
            subject="bob-1",
            user=self.user,
            email=self.user.email,
            last_seen_at=timezone.now(),
        )
        visitors = [Visitor(idp, provider) for _ in range(2)]
        return [(visitor, idp.read(visitor.ask())) for visitor in visitors]

    def new_link(self) -> str:
        link = make_link(User.objects.get(pk=self.user.pk), LinkPurpose.RECOVERY)
        return parse_qs(urlsplit(link.address).query)["link"][0]

    def signed_in_elsewhere(self) -> None:
        """As if a provider had begun every session."""
        provider = IdentityProvider.objects.first() or IdentityProvider.objects.create(
            alias="saml", type="saml", name="Acme", enabled=True, email_domains=["*"]
        )
        Session.objects.update(provider_id=provider.pk)

    def new_code(self, **asked: str) -> str:
        return asking.code_in(asking.authorize(self.browser, **asked))

    def new_device(self, *, approved: bool = False) -> dict[str, str]:
        waiting = dict(post_form("auth/device", scope="openid").json())
        assert not approved or self.approves(waiting)
        return waiting

    def approves(self, waiting: dict[str, str]) -> bool:
        page = self.browser.post("/device", {"user_code": waiting["user_code"]})
        token = (page.context or {}).get("request_token", "")
        done = self.browser.post("/device", {"request_token": token, "decision": "allow"})
        return done.status_code == 200 and done.templates[0].name == "tokens/device_done.html"


def by_code(world: World, **asked: str) -> dict[str, Any]:
    return dict(asking.redeem(world.new_code(**asked)).json())


# What can be used once is made twice: it is taken before and after.
MADE: dict[str, Callable[[World], Any]] = {
    "": lambda w: None,
    "a directory asked": lambda w: w.asked_a_directory(),
    "password links": lambda w: [w.new_link()],
    "person": lambda w: by_password(w.user),
    "person in cluster": lambda w: by_password(w.user, audience=w.cluster.audience),
    "cluster token": lambda w: opaque.made(opaque.showing(by_password(w.user)["accessToken"]), w.cluster),
    "application": lambda w: by_secret(w.robo),
    "application in cluster": lambda w: by_secret(w.robo, audience=w.cluster.audience),
    "shop": by_code,
    "shop in cluster": lambda w: by_code(w, resource=w.cluster.audience),
    "shop for the API": lambda w: by_code(w, resource=settings.API_AUDIENCE),
    "codes": lambda w: [w.new_code() for _ in range(2)],
    "codes for the cluster": lambda w: [w.new_code(resource=w.cluster.audience) for _ in range(2)],
    "approved devices": lambda w: [w.new_device(approved=True) for _ in range(2)],
    "waiting devices": lambda w: [w.new_device() for _ in range(2)],
}

"""Directories of every kind, one person who comes from one of them, and what that person may do: asked by HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from access.models import AccessRule
from access.services import grant_access
from clustersync.models import Cluster
from common.actors import SYSTEM
from sso.services.providers import update_provider
from tests import cast
from tests.cast import role_named
from tests.clustersync.conftest import post_review, review_body
from tests.clustersync.opaque import showing
from tests.sso.directory import Directory
from tests.sso.op import OP
from tests.tokens import asking

ADDRESS, GROUP = "jane@acme.com", "developers"
OWN = {"email_domains": ["acme.com"], "group_names": ["dev*"]}


@dataclass(frozen=True)
class Kind:
    """Of a provider: whether another one is connected before it, and what was declared."""

    second: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def privileged(self) -> bool:
        return bool(self.fields.get("privileged"))

    @property
    def covers(self) -> bool:
        return not self.second or self.fields["email_domains"] == OWN["email_domains"]

    @property
    def names_the_group(self) -> bool:
        return self.second and self.covers


KINDS = {
    "first": Kind(),
    "first, privileged": Kind(fields={"privileged": True}),
    "second": Kind(True, OWN),
    "second, privileged": Kind(True, {**OWN, "privileged": True}),
    "second, of other names": Kind(True, {"email_domains": ["other.com"], "group_names": ["other-*"]}),
}


class World:
    def __init__(self, op: OP, kind: Kind, tree: cast.Tree) -> None:
        self.tree = tree
        # Nobody signs in through the other one; it is there, and may assert everything.
        self.other = Directory(op, "other") if kind.second else None
        self.directory = Directory(op, "acme", **kind.fields)
        if self.other is None:
            self.other = Directory(op, "other", email_domains=["*"], group_names=["*"])
        self.browser = Client()
        asking.make_shop(first_party=True)

    def rule(self, kind: str, name: str, role: str, source: str = "") -> AccessRule:
        return grant_access(
            actor=SYSTEM,
            subject_type=kind,
            subject_id=name,
            role=role_named(role),
            scope=self.tree.tenant,
            source=source,
        )

    def sign_in(self, **claims: Any) -> None:
        self.directory.sign_in(self.browser, groups=[GROUP], **claims)

    def narrow(self) -> None:
        """Nothing of this person's is declared any more."""
        self.change(email_domains=["elsewhere.com"], group_names=[])

    def change(self, **fields: Any) -> None:
        self.directory.provider.refresh_from_db()
        update_provider(actor=SYSTEM, provider=self.directory.provider, **fields)

    def token(self, **asked: str) -> str:
        """By the session that the browser has, if it has one; empty without."""
        code = asking.code_in(asking.authorize(self.browser, **asked))
        return str(asking.redeem(code, **asked).json().get("access_token", "")) if code else ""

    def may(self) -> Sequence[Any]:
        token = self.token()
        answer = showing(token).get("/api/v1/authorization/permissions") if token else None
        return [one for one in answer.json() if one["actions"]] if answer is not None else []

    def groups_in(self, cluster: Cluster) -> list[str]:
        token = self.token(resource=cluster.audience)
        status = post_review(cluster, cast.PROD_WEBHOOK_TOKEN, review_body(token)).json()["status"] if token else {}
        return list(status.get("user", {}).get("groups", []))

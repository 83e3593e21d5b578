"""All that the API can change, and how two change it differently."""

import json
from typing import Any, NamedTuple

from django.db.models import Model
from rest_framework.test import APIClient

from accounts.models import GeneralSettings, User
from clustersync.models import Cluster
from sso.models import IdentityProvider
from tests.access.test_deny_by_default import SAMPLES
from tokens.models import Application

UUID = SAMPLES["uuid"]
Body = dict[str, Any]


class Resource(NamedTuple):
    """An address of the API, what somebody changes there by which method, and what somebody else does."""

    address: str
    mine: Body
    theirs: Body
    method: str = "patch"


SETTINGS = "/api/v1/security/settings/"
MAIL = {
    **{"host": "", "port": 587, "encryption": "starttls", "username": "", "sender": "", "recovery": True},
    **{"notices": True, "newPlaces": True, "attention": [], "tryFirst": False},
}
RESOURCES: dict[str, Resource] = {
    "a user's names": Resource(f"/api/v1/users/{UUID}", {"firstName": "Charles"}, {"lastName": "Doe"}),
    "a user's address": Resource(
        f"/api/v1/users/{UUID}", {"email": "carl@example.com"}, {"supplementaryGroups": [7, 8]}
    ),
    "a user's state": Resource(f"/api/v1/users/{UUID}", {"enabled": False}, {"uid": 1500}),
    "an application": Resource(
        f"/api/v1/apps/{UUID}", {"redirectUris": ["https://a.example.com/"]}, {"redirectUris": ["https://b.b/"]}
    ),
    "an application's state": Resource(f"/api/v1/apps/{UUID}", {"enabled": False}, {"displayName": "Robot"}),
    "a service account": Resource(f"/api/v1/service-accounts/{UUID}", {"scopes": ["openid"]}, {"displayName": "R"}),
    "a cluster": Resource(
        f"/api/v1/clusters/{UUID}", {"webhookCacheSeconds": 5}, {"apiUrl": "https://k8s.example.com:6443"}
    ),
    "a directory": Resource("/api/v1/idps/x", {"emailDomains": ["a.com"]}, {"emailDomains": ["b.com"]}, "put"),
    "a directory's state": Resource("/api/v1/idps/x", {"enabled": False}, {"privileged": True}, "put"),
    "a mapping": Resource("/api/v1/idps/x/mappers", {"groups": "memberOf"}, {"email": "mail"}, "put"),
    "the timeout": Resource(f"{SETTINGS}browserSessionTimeout", {"idleTimeout": 30}, {"idleTimeout": 5}, "put"),
    "the place after signing out": Resource(
        f"{SETTINGS}logoutRedirectUri",
        {"uri": "https://a.example.com/"},
        {"uri": "https://b.example.com/"},
        "put",
    ),
    "the way in": Resource(
        f"{SETTINGS}autoRedirectSSO",
        {"enabled": True, "idpAlias": "corp"},
        {"enabled": True, "idpAlias": "lab"},
        "put",
    ),
    "who can help": Resource(f"{SETTINGS}helpContact", {"contact": "+1 555 1"}, {"contact": "+1 555 2"}, "put"),
    "mail": Resource(f"{SETTINGS}mail", {**MAIL, "newPlaces": False}, {**MAIL, "port": 465}, "put"),
    "second factors": Resource(
        f"{SETTINGS}secondFactor",
        {"administrators": False, "roles": [], "graceDays": 3, "stepUpMinutes": 15},
        {"administrators": False, "roles": [], "graceDays": 9, "stepUpMinutes": 15},
        "put",
    ),
}


class API:
    def __init__(self, client: APIClient, keys: dict[str, str]) -> None:
        self.client, self.keys = client, keys

    def address(self, resource: Resource) -> str:
        for begins, key in self.keys.items():
            if resource.address.startswith(begins):
                return resource.address.replace(UUID, key)
        return resource.address.replace("idps/x", "idps/corp")

    def read(self, resource: Resource) -> Any:
        return self.client.get(self.address(resource))

    def change(self, resource: Resource, body: Body, if_match: str | None = None) -> Any:
        headers = {} if if_match is None else {"If-Match": if_match}
        return self.client.generic(
            resource.method.upper(),
            self.address(resource),
            json.dumps(body),
            "application/json",
            headers=headers,
        )

    def delete(self, resource: Resource, if_match: str) -> Any:
        return self.client.delete(self.address(resource), headers={"If-Match": if_match})


def row_of(address: str) -> Model:
    match address.split("/")[3:]:
        case ["users", pk]:
            return User.objects.get(pk=pk)
        case ["apps" | "service-accounts", pk]:
            return Application.objects.get(pk=pk)
        case ["clusters", pk]:
            return Cluster.objects.get(pk=pk)
        case ["idps", *_]:
            return IdentityProvider.objects.get(alias="corp")
    return GeneralSettings.objects.get_or_create(pk=1)[0]

"""Bodies that connect providers by API, and a web where their metadata is found."""

import base64
import json
from typing import Any

from rest_framework.test import APIClient

from sso.models import IdentityProvider
from tests.sso.idp import IdP

IDPS = "/api/v1/idps"
OUR_NAME = "http://testserver/auth/realms/runai/broker"
SECRET = "very-secret-of-the-client"
MAPPERS = {
    "gid": "GID",
    "groups": "GROUPS",
    "supplementaryGroups": "SUPPLEMENTARYGROUPS",
    "uid": "UID",
    "email": "email",
}
SAML_URL = "https://idp.acme.com/metadata.xml"
DISCOVERY = "https://login.acme.com/.well-known/openid-configuration"
OPENSHIFT = "https://api.ocp.acme.com:6443"


class Web:
    """In the place of `common.outbound.fetch`; `asked` are the addresses, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, *, most_bytes: int, **options: Any) -> bytes:
        self.asked.append(url)
        if url.endswith(".xml"):
            return IdP().metadata().encode()
        issuer = url.partition("/.well-known/")[0]
        return json.dumps(discovery_document(issuer)).encode()


def discovery_document(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/logout",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


def saml(idp: IdP | None = None, **fields: Any) -> dict[str, Any]:
    """By file, as the platform's screen sends it."""
    encoded = base64.b64encode((idp or IdP()).metadata().encode()).decode()
    part = {"metadataXmlType": "file", "fileName": "descriptor.xml", "metadataXmlFile": encoded}
    return {"type": "saml", "samlData": part, "mappers": MAPPERS, **fields}


def saml_by_url(**fields: Any) -> dict[str, Any]:
    part = {"metadataXmlType": "url", "metadataXmlUrl": SAML_URL}
    return {"type": "saml", "samlData": part, "mappers": MAPPERS, **fields}


def oidc(**part: Any) -> dict[str, Any]:
    part = {
        "clientId": "runai",
        "clientSecret": SECRET,
        "discoverDocumentUrl": DISCOVERY,
        "scopes": ["openid"],
        "mandatoryClaim": None,
        **part,
    }
    return {"type": "oidc", "oidcData": part, "mappers": MAPPERS}


def openshift(**part: Any) -> dict[str, Any]:
    part = {"idpBaseUrl": f"{OPENSHIFT}/", "clientId": "runai", "clientSecret": SECRET, **part}
    return {"type": "openshift-v4", "ocpData": part}


def made(admin: APIClient, body: dict[str, Any]) -> IdentityProvider:
    answer = admin.post(IDPS, body, format="json")

    assert answer.status_code == 201, answer.content
    return IdentityProvider.objects.get(alias=answer.json()["alias"])

"""The requests of the recorded contract, in their order. `$name.field` is a field of a kept earlier answer."""

from dataclasses import dataclass
from typing import Any

PROTOCOL = "/auth/realms/runai/protocol/openid-connect"
NOBODY = "00000000-0000-4000-8000-000000000000"
CALLBACK = "https://app.example.com/callback"
OIDC = {"clientId": "identity", "clientSecret": "s" * 20, "discoverDocumentUrl": "http://127.0.0.1:9/.well-known"}
SAML = {"metadataXmlType": "file", "fileName": "idp.xml"}


@dataclass(frozen=True)
class Ask:
    """A request: `body` is sent as JSON, `form` as a form; `by` is the access token's owner, or empty for nobody."""

    method: str
    path: str
    body: Any = None
    form: dict[str, str] | None = None
    by: str = "$admin.accessToken"
    keep: str = ""


def token(keep: str = "", **body: str) -> Ask:
    return Ask("POST", "/api/v1/token", body, by="", keep=keep)


def form(path: str, **fields: str) -> Ask:
    return Ask("POST", f"{PROTOCOL}{path}", form=fields, by="")


def secret_of(name: str) -> dict[str, str]:
    return {"client_id": f"${name}.clientId", "client_secret": f"${name}.secret"}


def read_in(path: str, *more: str) -> list[Ask]:
    """Read a list, and the objects below it."""
    return [Ask("GET", f"{path}{one}") for one in ("", *more)]


SIGNING_IN = [
    token(grantType="password", username="root@example.com", password="wrong"),
    token(grantType="password", username="nobody@example.com", password="wrong"),
    token(grantType="password", username="root@example.com"),
    token(grantType="implicit"),
    token(grantType="refresh_token", refreshToken="made-up"),
    token(grantType="client_credentials", clientID="nobody", clientSecret="wrong"),
    Ask("GET", "/api/v1/me"),
    Ask("GET", "/api/v1/me/clusters"),
    Ask("POST", "/api/v1/me/password", {"currentPassword": "wrong", "newPassword": "Another-password-1"}),
]

MAKING = [
    Ask("POST", "/api/v1/clusters", {"name": "gpu-1"}, keep="cluster"),
    Ask("POST", "/api/v1/clusters", {"name": "gpu-1"}),
    Ask("POST", "/api/v1/clusters", {"name": "gpu 2", "mode": "none"}),
    Ask("POST", "/api/v1/clusters", {"name": "gpu-2", "mode": "both", "apiUrl": "https://10.0.0.1:6443"}, keep="both"),
    Ask("PATCH", "/api/v1/clusters/$cluster.uuid", {"tokenSeconds": 600}),
    Ask("PATCH", "/api/v1/clusters/$cluster.uuid", {"apiURL": "https://10.0.0.1"}),
    Ask("POST", "/api/v1/org-unit/departments", {"name": "vision", "clusterId": "$cluster.uuid"}, keep="department"),
    Ask("POST", "/api/v1/org-unit/projects", {"name": "faces", "parentId": "$department.id"}, keep="project"),
    Ask("POST", "/api/v1/org-unit/projects", {"name": "faces", "parentId": "$department.id"}),
    Ask("POST", "/api/v1/users", {"email": "rosa@example.com", "resetPassword": True}, keep="rosa"),
    Ask("POST", "/api/v1/users", {"email": "ROSA@example.com"}),
    Ask("POST", "/api/v1/users", {"email": "rosa"}),
    Ask("PATCH", "/api/v1/users/$rosa.id", {"uid": 5000, "gid": 5000, "supplementaryGroups": [5001]}),
    Ask("PATCH", "/api/v1/users/$rosa.id", {"email": "rosalind@example.com"}),
    Ask("PATCH", "/api/v1/users/$rosa.id", {"enabled": False}),
    Ask("PATCH", "/api/v1/users/$rosa.id", {"enabled": True}),
    Ask("POST", "/api/v1/users/$rosa.id/password", {}, keep="temporary"),
    token(grantType="password", username="rosalind@example.com", password="$temporary.tempPassword"),
    Ask("POST", "/api/v1/groups", {"name": "researchers", "description": "Papers"}, keep="group"),
    Ask("POST", "/api/v1/groups", {"name": "researchers"}),
    Ask("POST", "/api/v1/groups/$group.id/members", {"userId": "$rosa.id"}),
    Ask("POST", "/api/v1/groups/$group.id/members", {"userId": NOBODY}),
    Ask("POST", "/api/v1/apps", {"name": "robot"}, keep="robot"),
    Ask("POST", "/api/v1/apps", {"name": "robot"}),
    Ask("POST", "/api/v1/apps", {"name": "wiki", "grantTypes": ["authorization_code"], "redirectUris": [CALLBACK]}),
    Ask("POST", "/api/v1/apps", {"name": "wide", "grantTypes": ["implicit"], "redirectUris": ["ftp://example.com"]}),
    Ask("PATCH", "/api/v1/apps/$robot.id", {"displayName": "Robot", "accessTokenSeconds": 300}),
    Ask("POST", "/api/v1/service-accounts", {"name": "service"}, keep="service"),
    Ask("POST", "/api/v1/service-accounts/$service.id/secret?overlapSeconds=60"),
    Ask("DELETE", "/api/v1/service-accounts/$service.id/previous-secret"),
    Ask("POST", "/api/v1/idps", {"type": "oidc", "alias": "corp", "oidcData": OIDC}),
    Ask("POST", "/api/v1/idps", {"type": "saml", "alias": "acme", "samlData": SAML}),
    Ask(
        "POST", "/api/v1/idps", {"type": "saml", "alias": "acme", "samlData": {**SAML, "metadataXmlFile": "$idp.file"}}
    ),
    Ask("PUT", "/api/v1/idps/acme/mappers", {"email": "mail", "groups": "memberOf"}),
    Ask("PUT", "/api/v1/security/settings/browserSessionTimeout", {"idleTimeout": 30}),
    Ask("PUT", "/api/v1/security/settings/browserSessionTimeout", {"idleTimeout": 0}),
    Ask("PUT", "/api/v1/security/settings/logoutRedirectUri", {"uri": "https://example.com/bye"}),
]

RULE = {"subjectId": "researchers", "subjectType": "group", "roleId": 5}
RULES = [
    Ask("POST", "/api/v1/authorization/access-rules", {**RULE, "scopeType": "project", "scopeId": "$project.id"}),
    Ask("POST", "/api/v1/authorization/access-rules", {**RULE, "scopeType": "project", "scopeId": "$project.id"}),
    Ask("POST", "/api/v1/authorization/access-rules", {**RULE, "scopeType": "project", "scopeId": NOBODY}),
    Ask("POST", "/api/v1/authorization/access-rules", {**RULE, "subjectType": "robot"}),
    Ask(
        "POST",
        "/api/v1/authorization/access-rules",
        {"subjectId": "robot", "subjectType": "app", "roleId": 5, "scopeType": "cluster", "scopeId": "$cluster.uuid"},
        keep="rule",
    ),
    Ask("GET", "/api/v1/authorization/access-rules/$rule.id"),
    Ask("POST", "/api/v1/authorization/permitted-scopes", {"resourceType": "project", "action": "read"}),
    *read_in("/api/v1/authorization", "/access-rules", "/access-rules/count", "/me/access-rules", "/permissions"),
    *read_in("/api/v1/authorization/roles", "/5", "/999"),
    Ask("GET", "/api/v1/authorization/who-can?resourceType=project&action=read&scopeId=$project.id"),
    Ask(
        "GET",
        "/api/v1/authorization/why?resourceType=project&action=read&scopeId=$project.id&subjectType=app&subjectId=robot",
    ),
    Ask("GET", "/api/v1/authorization/why?resourceType=project&action=read"),
]

REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
CLUSTERS = [
    token(
        grantType="password",
        username="root@example.com",
        password="$given.password",
        audience="$cluster.audience",
        keep="kube",
    ),
    Ask(
        "POST",
        "/api/v1/clusters/$cluster.uuid/tokenreview",
        {**REVIEW, "spec": {"token": "$kube.accessToken"}},
        by="$cluster.webhookToken",
    ),
    Ask(
        "POST",
        "/api/v1/clusters/$cluster.uuid/tokenreview",
        {**REVIEW, "spec": {"token": "none"}},
        by="$cluster.webhookToken",
    ),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/tokenreview", {**REVIEW, "spec": {"token": "none"}}),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/verify-token", {"token": "$kube.accessToken"}),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/verify-token", {"token": "none"}),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/doctor", {"configuration": "--oidc-client-id=wrong"}),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/agent-token", keep="agent"),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/webhook-token?overlapSeconds=60"),
    Ask("GET", "/api/v1/clusters/$cluster.uuid/rbac", by="$agent.agentToken"),
    Ask("POST", "/api/v1/clusters/$cluster.uuid/rbac/diff", {"kind": "List", "items": []}),
    *read_in("/api/v1/clusters/$cluster.uuid", "", "/config", "/credentials", "/kubeconfig", "/rbac/cluster-roles"),
    *read_in("/api/v1/clusters/$both.uuid", "/config?oidc=flags", "/config", "/agent", "/kubeconfig?form=token"),
    Ask("POST", "/api/v1/me/cluster-tokens", {"name": "laptop", "clusterId": "$cluster.uuid"}, keep="laptop"),
    Ask("GET", "/api/v1/me/cluster-tokens"),
    Ask("DELETE", "/api/v1/me/cluster-tokens/$laptop.id"),
    *read_in("/api/v1/me", "/clusters", "/kubeconfig"),
]

OAUTH = [
    Ask("GET", "/auth/realms/runai/.well-known/openid-configuration", by=""),
    Ask("GET", "/.well-known/openid-configuration", by=""),
    Ask("GET", f"{PROTOCOL}/certs", by=""),
    Ask("GET", f"{PROTOCOL}/userinfo"),
    Ask("GET", f"{PROTOCOL}/userinfo", by=""),
    Ask("GET", f"{PROTOCOL}/auth?client_id=wiki&response_type=code&redirect_uri=https://evil.example.com", by=""),
    Ask("GET", f"{PROTOCOL}/auth?client_id=wiki&response_type=token&redirect_uri={CALLBACK}", by=""),
    form("/token", grant_type="client_credentials", **secret_of("robot")),
    form("/token", grant_type="client_credentials", client_id="robot", client_secret="wrong"),
    form("/token", grant_type="authorization_code", code="made-up", **secret_of("robot")),
    form("/token", grant_type="password", username="a", password="b", **secret_of("robot")),
    form("/token", grant_type="made-up", **secret_of("robot")),
    form("/token"),
    form("/auth/device", **secret_of("robot")),
    form("/auth/device", client_id="runai-cli", scope="openid"),
    form("/token/introspect", token="$admin.accessToken", **secret_of("robot")),
    form("/token/introspect", token="made-up", **secret_of("robot")),
    form("/token/introspect", token="made-up"),
    form("/revoke", token="made-up", **secret_of("robot")),
    form("/revoke", token="made-up"),
    Ask("POST", f"{PROTOCOL}/registrations", {"redirect_uris": [CALLBACK]}, by=""),
    Ask("POST", "/v1/k8s/auth/oauth/apptoken", {"name": "robot", "secret": "wrong"}, by=""),
    token(grantType="refresh_token", refreshToken="$admin.refreshToken", keep="refreshed"),
    token(grantType="client_credentials", clientID="robot", clientSecret="$robot.secret", keep="robots"),
]

READING = [
    *read_in("/api/v1/clusters", "?filterBy=name==gpu-1", "?filterBy=nam==gpu-1", "?sortBy=none", "?limit=0"),
    *read_in("/api/v1/org-unit", "/departments", "/departments/$department.id", "/projects", "/projects/$project.id"),
    *read_in("/api/v1/users", "/$rosa.id", "/count", "/$rosa.id/second-factors", "?filterBy=enabled==maybe"),
    *read_in("/api/v1/groups", "/$group.id", "?search=none"),
    *read_in("/api/v1/apps", "/$robot.id", "?filterBy=name==wiki"),
    *read_in("/api/v1/service-accounts", "/$service.id"),
    *read_in("/api/v1/idps", "/acme", "/acme/mappers"),
    *read_in("/api/v1/security/settings", "/browserSessionTimeout", "/none"),
    Ask("GET", "/api/v1/tenants"),
    Ask("GET", "/healthz", by=""),
]

REMOVING = [
    Ask("DELETE", "/api/v1/authorization/access-rules/$rule.id"),
    Ask("DELETE", "/api/v1/org-unit/departments/$department.id"),
    Ask("DELETE", "/api/v1/org-unit/projects/$project.id"),
    Ask("DELETE", "/api/v1/groups/$group.id/members/$rosa.id"),
    Ask("DELETE", "/api/v1/groups/$group.id"),
    Ask("POST", "/api/v1/users/$rosa.id/logout"),
    Ask("POST", "/api/v1/users/$rosa.id/cut-access", {"disable": True}),
    Ask("DELETE", "/api/v1/users/$rosa.id"),
    Ask("DELETE", "/api/v1/idps/acme"),
    Ask("DELETE", "/api/v1/apps/$robot.id"),
    Ask("DELETE", "/api/v1/clusters/$both.uuid"),
    Ask("GET", "/api/v1/audit/log?numberOfSamples=3&sortOrder=asc"),
]

ASKED = [*SIGNING_IN, *MAKING, *RULES, *CLUSTERS, *OAUTH, *READING]

"""Authenticate a cluster's agent by its own credential; where people may call too, they send their access token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import caller_of
from common.bearer import bearer_token
from tokens.authentication import BearerAuthentication


class AgentAuthentication(BearerAuthentication):
    """`Authorization: Bearer <agent token>` of the very cluster in the path; anything else is an access token."""

    def authenticate(self, request: Request) -> Any:
        token = bearer_token(request)
        if token is not None:
            uuid = request.parser_context["kwargs"]["uuid"]
            cluster = caller_of(uuid, token, CredentialKind.AGENT)
            if cluster is not None:
                return cluster, None
        return super().authenticate(request)


class OnlyAgentAuthentication(AgentAuthentication):
    """The agent, and nobody else."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if not found or not isinstance(found[0], Cluster):
            raise AuthenticationFailed("Send the agent token of this very cluster: Authorization: Bearer <token>.")
        return found


class OnlyAgentScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "clustersync.api.agents.OnlyAgentAuthentication"
    name = "agentToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The cluster's agent token."}


class AgentScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "clustersync.api.agents.AgentAuthentication"
    name = "bearerOrAgentToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token, or the cluster's agent token."}


class IsAgent(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, Cluster)

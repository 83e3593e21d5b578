from django.conf import settings
from django.urls import path

from tokens import discovery
from tokens.api.applications import (
    ApplicationDetail,
    ApplicationList,
    ApplicationSecret,
    ServiceAccountList,
    ServiceAccountSecret,
)
from tokens.api.token import AppToken, Token

app_name = "tokens"

REALM = f"auth/realms/{settings.REALM}"

urlpatterns = [
    path(f"{REALM}/.well-known/openid-configuration", discovery.configuration, name="configuration"),
    path(".well-known/openid-configuration", discovery.configuration),
    path(f"{REALM}/protocol/openid-connect/certs", discovery.certs, name="certs"),
    path("api/v1/token", Token.as_view(), name="token"),
    path("v1/k8s/auth/oauth/apptoken", AppToken.as_view(), name="app-token"),
    path("api/v1/apps", ApplicationList.as_view(), name="apps"),
    path("api/v1/apps/<uuid:pk>", ApplicationDetail.as_view(), name="app"),
    path("api/v1/apps/<uuid:pk>/secret", ApplicationSecret.as_view(), name="app-secret"),
    path("api/v1/service-accounts", ServiceAccountList.as_view(), name="service-accounts"),
    path("api/v1/service-accounts/<uuid:pk>", ApplicationDetail.as_view(), name="service-account"),
    path("api/v1/service-accounts/<uuid:pk>/secret", ServiceAccountSecret.as_view(), name="service-account-secret"),
]

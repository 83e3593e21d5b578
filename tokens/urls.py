from django.conf import settings
from django.urls import path

from tokens import discovery
from tokens.api.applications import (
    ApplicationDetail,
    ApplicationList,
    ApplicationPreviousSecret,
    ApplicationSecret,
    ServiceAccountDetail,
    ServiceAccountList,
    ServiceAccountPreviousSecret,
    ServiceAccountSecret,
)
from tokens.api.token import AppToken, TokenView
from tokens.views import authorization, device, introspection, logout, registration, revocation, token, userinfo
from tokens.views.account import withdraw_consent

app_name = "tokens"

REALM = f"auth/realms/{settings.REALM}"
PROTOCOL = f"{REALM}/protocol/openid-connect"

urlpatterns = [
    path(f"{REALM}/.well-known/openid-configuration", discovery.configuration, name="configuration"),
    path(".well-known/openid-configuration", discovery.configuration),
    path(f"{REALM}/.well-known/oauth-authorization-server", discovery.configuration),
    path(f".well-known/oauth-authorization-server/{REALM}", discovery.configuration),  # RFC 8414 §3.1
    path(f"{PROTOCOL}/certs", discovery.certs, name="certs"),
    path(f"{PROTOCOL}/auth", authorization.authorization, name="authorization"),
    path(f"{PROTOCOL}/auth/kept/<str:reference>", authorization.kept, name="kept-request"),
    path(f"{PROTOCOL}/auth/consent", authorization.consent, name="consent"),
    path(f"{PROTOCOL}/auth/device", device.device_authorization, name="device-authorization"),
    path(f"{PROTOCOL}/token", token.token, name="oauth-token"),
    path(f"{PROTOCOL}/userinfo", userinfo.userinfo, name="userinfo"),
    path(f"{PROTOCOL}/token/introspect", introspection.introspection, name="introspection"),
    path(f"{PROTOCOL}/revoke", revocation.revocation, name="revocation"),
    path(f"{PROTOCOL}/logout", logout.logout, name="logout"),
    path(f"{PROTOCOL}/logout/confirm", logout.confirm, name="logout-confirm"),
    path(f"{PROTOCOL}/registrations", registration.registrations, name="registrations"),
    path("api/v2/token", token.platform_token),
    path("device", device.device, name="device"),
    path("account/applications/<int:pk>/withdraw", withdraw_consent, name="withdraw-consent"),
    path("oauth-code", authorization.oauth_code, name="oauth-code"),
    path("api/v1/token", TokenView.as_view(), name="token"),
    path("v1/k8s/auth/oauth/apptoken", AppToken.as_view(), name="app-token"),
    path("api/v1/apps", ApplicationList.as_view(), name="apps"),
    path("api/v1/apps/<uuid:pk>", ApplicationDetail.as_view(), name="app"),
    path("api/v1/apps/<uuid:pk>/secret", ApplicationSecret.as_view(), name="app-secret"),
    path("api/v1/apps/<uuid:pk>/previous-secret", ApplicationPreviousSecret.as_view(), name="app-previous-secret"),
    path("api/v1/service-accounts", ServiceAccountList.as_view(), name="service-accounts"),
    path("api/v1/service-accounts/<uuid:pk>", ServiceAccountDetail.as_view(), name="service-account"),
    path("api/v1/service-accounts/<uuid:pk>/secret", ServiceAccountSecret.as_view(), name="service-account-secret"),
    path(
        "api/v1/service-accounts/<uuid:pk>/previous-secret",
        ServiceAccountPreviousSecret.as_view(),
        name="service-account-previous-secret",
    ),
]

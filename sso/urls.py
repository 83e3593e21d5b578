from django.conf import settings
from django.urls import include, path

from sso.views import broker, logout

app_name = "sso"

BROKER = f"auth/realms/{settings.REALM}/broker"

urlpatterns = [
    path(f"{BROKER}/sign-out", logout.sign_out, name="sign-out"),
    path(f"{BROKER}/<str:alias>/login", broker.login, name="login"),
    path(f"{BROKER}/<str:alias>/endpoint", broker.endpoint, name="endpoint"),
    path(f"{BROKER}/<str:alias>/endpoint/descriptor", broker.descriptor, name="descriptor"),
    path(f"{BROKER}/<str:alias>/continue", broker.finish, name="continue"),
    path(f"{BROKER}/<str:alias>/logout", logout.logout, name="logout"),
    path("api/v1/", include("sso.api.urls")),
]

"""Asking for tokens as clients do."""

from typing import Any

from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts.models import User
from tests import cast
from tokens.models import Application


def ask(**body: object) -> Any:
    return APIClient().post("/api/v1/token", body, format="json", REMOTE_ADDR="192.0.2.10")


def by_password(user: User, **more: object) -> dict[str, Any]:
    answer = ask(grantType="password", username=user.email, password=cast.PASSWORD, **more)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def by_secret(application: Application, **more: object) -> dict[str, Any]:
    answer = ask(grantType="client_credentials", clientID=application.client_id, clientSecret=cast.ROBO_SECRET, **more)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def by_refresh(token: str, **more: object) -> HttpResponse:
    answer: HttpResponse = ask(grantType="refresh_token", refreshToken=token, **more)
    return answer


def call_api(token: str) -> HttpResponse:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer: HttpResponse = client.get("/api/v1/me")
    return answer

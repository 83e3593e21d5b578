"""A relying party that signs its person out."""

from typing import Any

from django.test import Client

from tests.protocol.relying import PROTOCOL

LOGOUT = f"{PROTOCOL}/logout"
GOODBYE = "https://shop.example/goodbye"


def leave(browser: Client, **params: str) -> Any:
    return browser.get(LOGOUT, params)


def asks(answer: Any) -> bool:
    """Whether the person is asked first."""
    return bool(answer.status_code == 200 and "request_token" in (answer.context or {}))


def confirm(browser: Client, question: Any, decision: str = "sign out") -> Any:
    return browser.post(f"{LOGOUT}/confirm", {"request_token": question.context["request_token"], "decision": decision})


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get("/").status_code == 200)

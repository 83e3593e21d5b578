from tokens.models.applications import Application
from tokens.models.codes import (
    AuthorizationCode,
    DeviceCode,
    KeptRequest,
    LogoutNotice,
    RegistrationToken,
    SeenAssertion,
)
from tokens.models.grants import Consent, Grant
from tokens.models.keys import SigningKey

__all__ = [
    "Application",
    "AuthorizationCode",
    "Consent",
    "DeviceCode",
    "Grant",
    "KeptRequest",
    "LogoutNotice",
    "RegistrationToken",
    "SeenAssertion",
    "SigningKey",
]

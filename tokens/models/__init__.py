from tokens.models.applications import Application
from tokens.models.chains import Consent, RefreshChain
from tokens.models.codes import (
    AuthorizationCode,
    DeviceCode,
    KeptRequest,
    LogoutNotice,
    RegistrationToken,
    SeenAssertion,
)
from tokens.models.keys import SigningKey

__all__ = [
    "Application",
    "AuthorizationCode",
    "Consent",
    "DeviceCode",
    "KeptRequest",
    "LogoutNotice",
    "RefreshChain",
    "RegistrationToken",
    "SeenAssertion",
    "SigningKey",
]

from tokens.models.applications import Application
from tokens.models.chains import Consent, RefreshChain
from tokens.models.codes import AuthorizationCode, DeviceCode, LogoutNotice, RegistrationToken, SeenAssertion
from tokens.models.keys import SigningKey

__all__ = [
    "Application",
    "AuthorizationCode",
    "Consent",
    "DeviceCode",
    "LogoutNotice",
    "RefreshChain",
    "RegistrationToken",
    "SeenAssertion",
    "SigningKey",
]

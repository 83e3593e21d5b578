from sso.models.attempts import Attempt, SeenAssertion, WaitingSignIn
from sso.models.identities import Identity, ProviderSession
from sso.models.keys import ServiceProviderKey
from sso.models.providers import IdentityProvider

__all__ = [
    "Attempt",
    "Identity",
    "IdentityProvider",
    "ProviderSession",
    "SeenAssertion",
    "ServiceProviderKey",
    "WaitingSignIn",
]

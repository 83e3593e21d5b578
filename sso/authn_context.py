"""Translate a provider's methods of authentication into the `amr` words of RFC 8176. Pure.

SAML says it by one AuthnContextClassRef, and Microsoft's products by an attribute beside it; OpenID Connect by `amr`,
and by `acr`, whose values are of the same kind as SAML's classes.
"""

from collections.abc import Iterable

# The registry of RFC 8176 §6.1, without what only says that there was risk or more than one channel.
_WORDS = "face fpt hwk iris kba mfa otp pin pop pwd retina sc sms swk tel user vbm wia"
KNOWN = frozenset(_WORDS.split())
MULTI_FACTOR_PROFILE = "https://refeds.org/profile/mfa"
MULTI_FACTOR = frozenset(
    {
        MULTI_FACTOR_PROFILE,
        "http://schemas.microsoft.com/claims/multipleauthn",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "phr",  # OpenID Connect Extended Authentication Profile §2: phishing-resistant
        "phrh",
    }
)
MICROSOFTS = "http://schemas.microsoft.com/claims/authnmethodsreferences"


def methods(words: object, contexts: Iterable[object]) -> tuple[str, ...]:
    """Return the known words, each once, and `mfa` if a context means that there were several factors."""
    said = [word for word in words if isinstance(word, str)] if isinstance(words, list | tuple) else []
    several = any(isinstance(context, str) and context in MULTI_FACTOR for context in contexts)
    return tuple(sorted({word for word in said if word in KNOWN} | ({"mfa"} if several else set())))

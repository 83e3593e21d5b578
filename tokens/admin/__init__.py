"""Applications, the tokens to register them with, who let them in from which session, and signing keys in the admin."""

from tokens.admin import applications, consents, keys, registration_tokens, sessions

__all__ = ["applications", "consents", "keys", "registration_tokens", "sessions"]

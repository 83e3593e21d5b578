"""Applications, the tokens to register them with, and signing keys in the admin."""

from tokens.admin import applications, keys, registration_tokens

__all__ = ["applications", "keys", "registration_tokens"]

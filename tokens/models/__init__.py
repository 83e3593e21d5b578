from tokens.models.applications import Application
from tokens.models.chains import RefreshChain
from tokens.models.keys import SigningKey

__all__ = ["Application", "RefreshChain", "SigningKey"]

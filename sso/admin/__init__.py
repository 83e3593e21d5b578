from sso.admin.attempts import AttemptAdmin
from sso.admin.identities import IdentityAdmin
from sso.admin.providers import IdentityProviderAdmin

__all__ = ["AttemptAdmin", "IdentityAdmin", "IdentityProviderAdmin"]

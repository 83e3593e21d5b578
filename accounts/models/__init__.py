from accounts.models.branding import Logo
from accounts.models.factors import Factor, FactorKind, RecoveryCode
from accounts.models.groups import Group, Membership
from accounts.models.mail import LinkPurpose, Mail, MailKind, MailSecurity, MailState, PasswordLink
from accounts.models.sessions import Session
from accounts.models.settings import BrandingSettings, GeneralSettings, MailSettings, SignInSettings, TokenSettings
from accounts.models.tries import SignInTries
from accounts.models.users import User

__all__ = [
    "BrandingSettings",
    "Factor",
    "FactorKind",
    "GeneralSettings",
    "Group",
    "LinkPurpose",
    "Logo",
    "Mail",
    "MailKind",
    "MailSecurity",
    "MailSettings",
    "MailState",
    "Membership",
    "PasswordLink",
    "RecoveryCode",
    "Session",
    "SignInSettings",
    "SignInTries",
    "TokenSettings",
    "User",
]

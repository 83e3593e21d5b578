from accounts.models.groups import Group, Membership
from accounts.models.sessions import Session
from accounts.models.settings import GeneralSettings
from accounts.models.tries import SignInTries
from accounts.models.users import User

__all__ = ["GeneralSettings", "Group", "Membership", "Session", "SignInTries", "User"]

from collections.abc import Collection

from accounts.services.sign_in import check_password
from tokens.models import Application
from tokens.services.grants import begin_on_device
from tokens.services.issue import Issued, scope_for

# What the token API gives, where no scope is asked for.
EVERYTHING = "openid profile email groups"


def issue_for_password(
    *, email: str, password: str, application: Application, audience: str = "", scope: Collection[str] | None = None
) -> Issued:
    """Sign a local user in on a device: a session with its first tokens, or neither. Without a scope all is told.

    Only for the server's own clients; RFC 9700 §2.4 wants it nowhere else.
    """
    user = check_password(email=email, password=password)
    wanted = EVERYTHING.split() if scope is None else scope_for(application, scope)
    return begin_on_device(user=user, application=application, audience=audience, scope=" ".join(wanted))

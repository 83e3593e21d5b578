from accounts.services.sign_in import check_password
from tokens.models import Application
from tokens.services.grants import begin_on_device
from tokens.services.issue import Issued


def issue_for_password(*, email: str, password: str, application: Application, audience: str = "") -> Issued:
    """Sign a local user in on a device: a session with its first tokens, or neither.

    Only for the server's own clients; RFC 9700 §2.4 wants it nowhere else.
    """
    user = check_password(email=email, password=password)
    return begin_on_device(user=user, application=application, audience=audience)

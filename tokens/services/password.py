from accounts.services.second_step import refuse_second_step
from accounts.services.sign_in import try_password
from accounts.services.throttle import forget_tries
from common.errors import DomainError
from tokens.services.grants import begin_on_device
from tokens.services.issue import Issued

# What the token API gives, where no scope is asked for.
EVERYTHING = "openid profile email groups"


def issue_for_password(
    *, email: str, password: str, client_id: str, audience: str = "", scope: str = EVERYTHING
) -> Issued:
    """Sign a local user in on a device: a session with its first tokens, or neither. Without a scope all is told.

    Only for the server's own clients; RFC 9700 §2.4 wants it nowhere else. The client's row is read with all else that
    the gate goes by.
    """
    user, tried = try_password(email=email, password=password)
    try:
        refuse_second_step(user)
        return begin_on_device(user=user, client_id=client_id, audience=audience, scope=scope, tried=tried)
    except DomainError:
        forget_tries(tried)  # the password was right
        raise

from django.db import transaction

from accounts.models.sessions import Kind
from accounts.services.sessions import start_session
from accounts.services.sign_in import check_password
from tokens.services.issue import Issued, recording_refusals
from tokens.services.refresh import issue_with_chain


def issue_for_password(*, email: str, password: str, client_id: str, audience: str = "") -> Issued:
    """Sign a local user in on a device: a session with its first tokens, or neither.

    Only for the server's own clients; RFC 9700 §2.4 wants it nowhere else.
    """
    user = check_password(email=email, password=password)
    with recording_refusals(user), transaction.atomic():
        session = start_session(user=user, kind=Kind.DEVICE)
        return issue_with_chain(session=session, client_id=client_id, audience=audience)

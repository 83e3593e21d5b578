from django.db import transaction

import audit.services as audit
from accounts.models.sessions import Kind
from accounts.services.sessions import start_session
from accounts.services.sign_in import check_password
from tokens.services.gate import Refused
from tokens.services.issue import Issued
from tokens.services.refresh import issue_with_chain


def issue_for_password(*, email: str, password: str, client_id: str, audience: str = "") -> Issued:
    """Sign a local user in on a device: a session with its first tokens, or neither.

    Only for the server's own clients; RFC 9700 §2.4 wants it nowhere else.
    """
    user = check_password(email=email, password=password)
    try:
        with transaction.atomic():
            session = start_session(user=user, kind=Kind.DEVICE)
            return issue_with_chain(session=session, client_id=client_id, audience=audience)
    except Refused as refusal:
        audit.record("token:refuse", actor=user, target=user, result=audit.FAILED, reason=refusal.code)
        raise

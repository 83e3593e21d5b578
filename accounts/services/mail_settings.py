"""Settings | Mail: whoever names the mail server reads what it is given, links to choose passwords among it."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import transaction

import audit.services as audit
from accounts.models import GeneralSettings, MailSecurity
from accounts.names import is_email
from accounts.ports.authority import authority
from accounts.services.mail import server_of
from accounts.services.settings import lock_settings, update_general_settings, validate
from common.actors import Actor
from common.encryption import encrypt, encrypted_again
from common.errors import Invalid
from common.smtp import Undelivered, try_server
from common.wording import Wording

MOST_ADDRESSES = 10
SERVER = ("mail_host", "mail_port", "mail_security", "mail_username")


@transaction.atomic
def update_mail_settings(*, actor: Actor, password: str = "", **changes: Any) -> GeneralSettings:
    """Change Settings | Mail; `changes` are its fields, and a blank password leaves the one that is kept."""
    _require_power(actor)
    changes = _differing(lock_settings(), changes)
    row = update_general_settings(actor=actor, **changes)
    _keep_password(row, password, changes)
    if password:
        audit.record("settings:mail-password:update", actor=actor, target=row)
    row.save(update_fields=["mail_password_encrypted"])
    _refuse_what_has_no_effect(row)
    return row


def try_mail_server(*, actor: Actor, password: str = "", **changes: Any) -> None:
    """Reach the server as these changes of Settings | Mail name it, without sending a mail.

    Invalid with the reason if it can't be reached, or not encrypted like this, or does not take the user name.
    """
    _require_power(actor)
    row = copy(GeneralSettings.current())
    changes = _differing(row, changes)
    before = {name: getattr(row, name) for name in SERVER}
    for name, value in changes.items():
        setattr(row, name, value)
    _keep_password(row, password, changes)
    validate(row)
    _refuse_what_has_no_effect(row)
    if not row.mail_host or (not password and before == {name: getattr(row, name) for name in SERVER}):
        return
    try:
        try_server(server_of(row))
    except Undelivered as refusal:
        said = Wording("Not saved, since no mail could be sent like this. {reason}", reason=refusal.reason)
        raise Invalid("mail_server_fails", said, field="mail_host") from None


def _differing(row: GeneralSettings, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if getattr(row, name) != value}


def _require_power(actor: Actor) -> None:
    """Ask for the power over everybody: who receives the mails can recover anybody's password."""
    authority().require(actor, "update", "security-settings")
    authority().require_to_hold_everything(actor, "mail")


def _keep_password(row: GeneralSettings, password: str, changes: Mapping[str, Any]) -> None:
    if password:
        row.mail_password_encrypted = encrypt(password.encode())
    elif not row.mail_username or "mail_host" in changes:
        # Another server is not given the password of the one before.
        row.mail_password_encrypted = b""


@transaction.atomic
def encrypt_again() -> int:
    """Encrypt the password by the newest of IDENTITY_ENCRYPTION_KEYS; return how many there are."""
    rows = list(GeneralSettings.objects.select_for_update().exclude(mail_password_encrypted=b""))
    for row in rows:
        row.mail_password_encrypted = encrypted_again(bytes(row.mail_password_encrypted))
        row.save(update_fields=["mail_password_encrypted"])
    return len(rows)


def _refuse_what_has_no_effect(row: GeneralSettings) -> None:
    has_password = bool(row.mail_password_encrypted)
    if row.mail_host and not row.mail_from:
        raise _no(
            Wording("Type the address that sends: {host} takes no mail without one.", host=row.mail_host),
            "mail_from",
        )
    if row.mail_username and not has_password:
        raise _no("Type the password too: the server asks for both.", "mail_password")
    if has_password and not row.mail_username:
        raise _no("Type the user name too, or leave the password out.", "mail_username")
    if row.mail_username and row.mail_security == MailSecurity.NONE:
        raise _no("A password is sent by TLS alone. Choose an encryption, or no user name.", "mail_security")
    if row.mail_attention and not row.mail_host:
        raise _no("Without a mail server nothing is sent to these addresses.", "mail_attention")
    _check_addresses(row.attention_addresses)


def _check_addresses(addresses: list[str]) -> None:
    if len(addresses) > MOST_ADDRESSES:
        raise _no(
            Wording("At most {most} addresses. Use a mailing list for more.", most=MOST_ADDRESSES),
            "mail_attention",
        )
    for address in addresses:
        if not is_email(address):
            raise _no(Wording("This is no e-mail address: {address}", address=address), "mail_attention")


def _no(sentence: str, field: str) -> Invalid:
    return Invalid("bad_setting", sentence, field=field)

from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

import accounts.services.factors as factors
import accounts.services.mail_settings as mail
import audit.sealing as sealing
import sso.services.keys as sso
import tokens.services.keys as tokens
from common.actors import SYSTEM
from common.console import ConsoleCommand
from common.errors import DomainError


class Command(ConsoleCommand):
    help = "Encrypt what is stored encrypted under the first of IDENTITY_ENCRYPTION_KEYS; the others can go then."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                keys, secrets = tokens.encrypt_again(actor=SYSTEM), sso.encrypt_again()
                apps, passwords = factors.encrypt_again(), mail.encrypt_again()
                seals = sealing.sign_again()
        except DomainError as error:
            raise CommandError(error.message) from None
        told = f"{keys} signing keys and {secrets} secrets of single sign-on and {apps} of authenticator apps and"
        told += f" {passwords} of mail"
        self.stdout.write(f"{told} are under the first of IDENTITY_ENCRYPTION_KEYS now.")
        self.stdout.write(f"{seals} seals of the audit log are signed by it now.")

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.actors import SYSTEM
from common.errors import DomainError
from tokens.services.keys import encrypt_again


class Command(BaseCommand):
    help = "Encrypt the signing keys under the first of IDENTITY_ENCRYPTION_KEYS; then the others can be taken out."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = encrypt_again(actor=SYSTEM)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{count} signing keys are under the first of IDENTITY_ENCRYPTION_KEYS now.")

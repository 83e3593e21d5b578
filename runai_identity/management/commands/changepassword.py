from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services.passwords import reset_password
from common.actors import SYSTEM
from common.errors import DomainError


class Command(BaseCommand):
    help = "Give a local user a new temporary password, which is printed; their sessions and tokens end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.with_email(email).first()
        if user is None:
            raise CommandError(f"No user has the e-mail {email}.")
        try:
            password = reset_password(actor=SYSTEM, user=user)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{user} can sign in once with the password {password}, and then has to choose another one.")

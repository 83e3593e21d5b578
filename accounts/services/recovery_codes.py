import secrets

from django.utils import timezone

from accounts.models import RecoveryCode, User
from accounts.passwords import EASY_TO_TYPE
from common.hashes import sha256_of

HOW_MANY = 10
LENGTH = 16  # 79 bits: a plain digest of it can't be tried through


def make_codes(user: User) -> list[str]:
    """Give the user new codes in place of all they had, and return them, this once; for verbs that have locked them."""
    user.recovery_codes.all().delete()
    codes = [_new_code() for _ in range(HOW_MANY)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def use_code(user: User, code: str) -> bool:
    """Use up one code; False for one that is not of this user, or was used. Of two at once one has it."""
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def codes_left(user: User) -> int:
    return user.recovery_codes.filter(used_at=None).count()


def _new_code() -> str:
    letters = "".join(secrets.choice(EASY_TO_TYPE) for _ in range(LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, LENGTH, 4))


def _digest(user: User, code: str) -> str:
    """Return the digest of a code in any case, with any spaces and dashes. No two users have the same one."""
    letters = "".join(letter for letter in code.lower() if letter in EASY_TO_TYPE)
    return sha256_of(f"{user.pk}:{letters}")

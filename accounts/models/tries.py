from django.db import models


class SignInTries(models.Model):
    """The number of sign-in attempts under one key (an account, an address, or both) in the present window."""

    key = models.CharField(max_length=128, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "sign-in tries"

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.colours import is_colour
from common.visible import is_visible, shows


def validate_brand_name(value: str) -> None:
    """Refuse control characters, those that turn the direction of the text around them, and names that show nothing."""
    if not is_visible(value) or not shows(value):
        raise ValidationError(_("The name has a character that can't be seen. Type it again instead of pasting it."))


def validate_brand_accent(value: str) -> None:
    if not is_colour(value):
        raise ValidationError(_("Type the colour as # and six digits, 0 to 9 and a to f, such as #3b5bdb."))


class BrandingFields(models.Model):
    """The fields of Settings | Branding, in the one row of settings."""

    brand_name = models.CharField(
        "name of the organisation",
        max_length=60,
        blank=True,
        default="",
        db_default="",  # a server of the version before knows nothing of it
        validators=[validate_brand_name],
        help_text="At the top of every page, in titles and in mails. Blank: the product's name; in mails TENANT_NAME.",
    )
    brand_accent = models.CharField(
        "accent colour",
        max_length=7,
        blank=True,
        default="",
        db_default="",
        validators=[validate_brand_accent],
        help_text="Such as #3b5bdb: buttons have exactly this colour. Links have it where it can be read, or else the"
        " nearest that can. Blank: the product's.",
    )
    # The digest of the Logo; here, so that a page needs no statement to know it.
    brand_logo = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True


class Logo(models.Model):
    """The organisation's logo. There is one at most."""

    digest = models.CharField("SHA-256", max_length=64, primary_key=True)
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.media_type}, SHA-256 {self.digest}"

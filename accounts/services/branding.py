"""Settings | Branding: the organisation's name, logo and accent colour on every page."""

from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.urls import reverse

from accounts.colours import stylesheet
from accounts.images import BadImage, Image, read_image
from accounts.models import GeneralSettings, Logo
from accounts.services.settings import update_general_settings
from common.actors import Actor
from common.errors import Invalid
from common.hashes import sha256_of


class Brand(NamedTuple):
    """The organisation's look; a part is empty where the product's own stands."""

    name: str = ""
    logo: str = ""  # its address
    stylesheet: str = ""  # its address


def brand_of(general: GeneralSettings) -> Brand:
    accent, logo = general.brand_accent, general.brand_logo
    return Brand(
        general.brand_name,
        reverse("accounts:logo", args=[logo]) if logo else "",
        reverse("accounts:accent", args=[sha256_of(stylesheet(accent))]) if accent else "",
    )


@transaction.atomic
def update_branding(*, actor: Actor, logo: bytes | None = None, **changes: str) -> GeneralSettings:
    """Change Settings | Branding; `changes` are its fields. `logo` is a file with an image, or empty to remove it."""
    image = _read(logo) if logo else None
    if logo is not None:
        changes["brand_logo"] = sha256(image.content).hexdigest() if image else ""
    row = update_general_settings(actor=actor, **changes)
    if logo is not None:
        Logo.objects.exclude(pk=row.brand_logo).delete()
    if image is not None:
        file = {"media_type": image.media_type, "content": image.content}
        Logo.objects.get_or_create(digest=row.brand_logo, defaults=file)
    return row


@transaction.atomic
def reset_branding(*, actor: Actor) -> None:
    """Give pages the product's own name, mark and accent again."""
    update_branding(actor=actor, logo=b"", brand_name="", brand_accent="")


def _read(logo: bytes) -> Image:
    try:
        return read_image(logo)
    except BadImage as error:
        raise Invalid("bad_logo", str(error), field="logo") from None

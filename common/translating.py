"""Texts that were made in English, in the language of the page that shows them."""

from django.utils import formats
from django.utils.translation import gettext, ngettext

from common.wording import Wording


def translated(text: str) -> str:
    """Translate a text of ours: a Wording with its values, or one without values, which the catalogue has as it is."""
    if not text:
        return ""
    if not isinstance(text, Wording):
        return gettext(text)
    template = ngettext(text.one, text.many, int(text.values["number"])) if text.many else gettext(text.one)
    return template.format(**{name: _shown(value) for name, value in text.values.items()})


def _shown(value: int | str) -> int | str:
    if isinstance(value, Wording):
        return translated(value)
    return _Number(value) if isinstance(value, int) else value


class _Number(int):
    def __format__(self, spec: str) -> str:
        """Write thousands apart, where the template asks for it, as the language does."""
        return formats.number_format(int(self), force_grouping=True) if spec == "," else super().__format__(spec)

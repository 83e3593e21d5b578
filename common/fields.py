"""Serializer fields that take text and nothing else: DRF's own makes text of a number."""

from typing import Any

from rest_framework import serializers

from common.visible import is_visible


class Verbatim(serializers.CharField):
    """Text exactly as it was sent: a password may begin with a space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Text(serializers.CharField):
    """A line of text without control characters; white space around it is no part of it."""

    default_error_messages = {"unprintable": "It contains a control character."}  # noqa: RUF012  DRF's own idiom

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = str(super().to_internal_value(data))
        if not is_visible(text):
            self.fail("unprintable")
        return text

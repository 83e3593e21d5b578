"""Sentences that programs and people read: English where they are made, in the reader's language on a page."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any, ClassVar, Self


class Wording(str):
    """An English text that keeps the template and the values of which it was made, so that a page can translate it.

    It is a str like any other: what is compared, logged, audited, stored or sent by the API is the English text.
    Values that are a Wording are translated too, other values are shown as they are. Django's templates show a Wording
    in the reader's language, without a filter: they ask for its `__html__`.
    """

    translator: ClassVar[Callable[["Wording"], str]] = str.__str__
    """Set by `runai_identity.apps`; a program without Django has English alone."""

    one: str
    many: str
    values: dict[str, "int | str"]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """`template` has placeholders as in `str.format`, by name alone."""
        # str() of an exception is the Wording that it was raised with.
        kept = {name: value if isinstance(value, int | Wording) else str(value) for name, value in values.items()}
        made = super().__new__(cls, template.format(**kept))
        made.one, made.many, made.values = template, "", kept
        return made

    @classmethod
    def of(cls, text: str) -> "Wording":
        """Return a text without values as a Wording."""
        return text if isinstance(text, Wording) else Wording(text.replace("{", "{{").replace("}", "}}"))

    @classmethod
    def counted(cls, one: str, many: str, /, number: int, **values: object) -> Self:
        """Choose the template by the number, which is also the value `number`."""
        made = cls(one if number == 1 else many, number=number, **values)
        made.one, made.many = one, many
        return made

    @classmethod
    def joined(cls, separator: str, parts: Iterable[str]) -> Self:
        """Do what `str.join` does, and keep the parts translatable."""
        values = {f"part{number}": part for number, part in enumerate(parts)}
        return cls(separator.join(f"{{{name}}}" for name in values), **values)

    def changed(self, change: Callable[[str], str]) -> "Wording":
        """Return the wording with each text among its values changed, in the wordings among them too."""
        values: dict[str, int | str] = {
            name: value.changed(change)
            if isinstance(value, Wording)
            else change(value)
            if isinstance(value, str)
            else value
            for name, value in self.values.items()
        }
        return _made(self.one, self.many, values)

    def __str__(self) -> str:
        return self

    def __html__(self) -> str:
        return escape(Wording.translator(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Wording.from_json, (self.as_json(),)

    def as_json(self) -> dict[str, Any]:
        values = {name: value.as_json() if isinstance(value, Wording) else value for name, value in self.values.items()}
        return {"one": self.one, "many": self.many, "values": values}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Wording":
        kept = fields["values"].items()
        values = {name: cls.from_json(value) if isinstance(value, dict) else value for name, value in kept}
        return _made(fields["one"], fields["many"], values)


def _made(one: str, many: str, values: dict[str, Any]) -> Wording:
    return Wording.counted(one, many, **values) if many else Wording(one, **values)

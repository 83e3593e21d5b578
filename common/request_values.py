"""Typed values that travel with one request."""

from itertools import count
from typing import Generic, TypeVar, cast

from django.http import HttpRequest

T = TypeVar("T")
_number = count()


class RequestValue(Generic[T]):
    """A value that one part of the server leaves with a request for another part. It ends with the request."""

    def __init__(self) -> None:
        self._name = f"request value {next(_number)}"  # no attribute of anybody's goes by such a name

    def of(self, request: HttpRequest) -> T | None:
        return cast("T | None", vars(request).get(self._name))

    def set(self, request: HttpRequest, value: T) -> None:
        vars(request)[self._name] = value

    def forget(self, request: HttpRequest) -> None:
        vars(request).pop(self._name, None)

"""Typed values that travel with one request."""

from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from django.http import HttpRequest

T = TypeVar("T")


class RequestValue(Generic[T]):
    """A value that one part of the server leaves with a request for another part. It ends with the request."""

    def __init__(self) -> None:
        self._by_request: WeakKeyDictionary[HttpRequest, T] = WeakKeyDictionary()

    def of(self, request: HttpRequest) -> T | None:
        return self._by_request.get(request)

    def set(self, request: HttpRequest, value: T) -> None:
        self._by_request[request] = value

    def forget(self, request: HttpRequest) -> None:
        self._by_request.pop(request, None)

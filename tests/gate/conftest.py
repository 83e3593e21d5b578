from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test.client import ClientHandler

from runai_identity.quick import QuickPaths
from tests.keys import plant_keys


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    plant_keys()


@pytest.fixture
def _by_quick_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the quick paths before Django, as every server does."""
    answer_by_django = ClientHandler.get_response

    def get_response(self: ClientHandler, request: Any) -> Any:
        begun: list[Any] = []
        gone_on: list[Any] = []

        def django(environ: Any, start_response: Any) -> list[bytes]:
            gone_on.append(environ)
            return []

        parts = QuickPaths(django)(request.environ, lambda *answer: begun.extend(answer))
        if gone_on:
            left = WSGIRequest(gone_on[0])
            left._dont_enforce_csrf_checks = not self.enforce_csrf_checks  # type: ignore[attr-defined]  # as the test client
            return answer_by_django(self, left)
        status, headers = begun
        return HttpResponse(b"".join(parts), status=int(status[:3]), headers=dict(headers))

    monkeypatch.setattr(ClientHandler, "get_response", get_response)

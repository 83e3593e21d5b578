"""Answers of the server without the application: the refusal of a request before anything else is known of it."""

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]

PLAIN = (
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
)
TOO_LARGE, CLOSE = "The request body is too large.", ("connection", "close")


class RefusedRequest(Exception):
    """A request that is answered without the application."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.answer: Answer = (status, [*PLAIN, *headers], f'{{"code": {status}, "message": "{message}"}}'.encode())

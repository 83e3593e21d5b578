"""Every refusal of the domain, as one small tree.

    DomainError
    ├── Invalid            the request can't mean anything             400
    ├── Unauthenticated    we don't know who asks, or no longer trust it  401
    ├── Forbidden          we know who asks, and the answer is no      403
    ├── NotFound           no such thing, or none the caller may know  404
    ├── Conflict           true, but not in the present state          409
    ├── Outdated           true once, but changed since the caller read it  412
    ├── TooMany            asked too often; facts: retry_after, seconds   429
    └── Unavailable        we can't answer now                         503

`code` is contract and tested; `message` is for people: what was refused, and what to do.
`common.api` maps the kinds to statuses.
"""

from common.wording import Wording


class DomainError(Exception):
    """A refusal with a stable `code` (snake_case), a sentence for people, and facts for the audit trail."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        self.message = Wording.of(message)
        super().__init__(self.message)
        self.code = code
        self.facts = facts


# Exceptions by which a library shows that its input has another shape than it expects, beside those it declares.
# Whoever hands outside bytes to a library catches these and the library's own, and raises a DomainError.
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


class Invalid(DomainError):
    pass


class Unauthenticated(DomainError):
    pass


class Forbidden(DomainError):
    pass


class NotFound(DomainError):
    pass


class Conflict(DomainError):
    pass


class Outdated(DomainError):
    pass


class TooMany(DomainError):
    def __init__(self, code: str, message: str, *, retry_after: int) -> None:
        super().__init__(code, message, retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(DomainError):
    pass

"""The actions and reasons that the server records, as the source has them."""

from accounts.services.sessions import FAREWELLS
from sso.refusals import REFUSALS
from tests.audit.vocabulary import codes_raised, codes_returned, recorded, values

FOUND = {value for place in recorded("action", 0) for value in values(place)}
FOUND_REASONS = {value for place in recorded("reason") for value in values(place)} - {""}
# Codes that come with an exception: of the gate, of a sign-in through a provider, of a call to another server.
CODES = {
    *codes_returned("tokens/services/gate.py", "_why"),
    *codes_returned("sso/adapters/providers.py", "why_not"),
    *codes_raised("NotAdmitted"),
    *codes_raised("Invalid", "common/outbound.py"),
    *codes_raised("Unavailable", "common/outbound.py"),
    *REFUSALS,
}
# What a server answered, or a code among those above.
LEFT_OPEN = {
    ("accounts/services/mail.py", "mail.failure"),
    ("accounts/services/mail.py", "refusal.reason"),
    ("sso/services/logout.py", "refusal.code"),
    ("sso/services/rechecking.py", "refusal.code"),
    ("sso/services/sign_in.py", "refusal.code"),
    ("tokens/services/backchannel.py", "f'HTTP {answer.status_code}'"),
    ("tokens/services/backchannel.py", "outbound.refusal(error, uri).code"),
    ("tokens/services/backchannel.py", "refusal.code"),
    ("tokens/services/issue.py", "refusal.code"),
}
RECORDED_ACTIONS = sorted(one for one in FOUND if isinstance(one, str))
SENTENCES = {one for one in FOUND_REASONS if isinstance(one, str) and one.endswith(".")}
RECORDED_REASONS = sorted({one for one in FOUND_REASONS if isinstance(one, str)} - SENTENCES | CODES)
ENDINGS = sorted({*FAREWELLS, "inactivity"})

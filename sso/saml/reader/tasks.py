"""Tasks of the reader's process: JSON in, JSON out. Bytes are base64, times ISO 8601."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sso.check_log import CheckLog, CheckSource, SignInRefused
from sso.messages import Incoming
from sso.saml.reader.logout import read_logout_answer, read_logout_request
from sso.saml.reader.metadata import SeveralProviders, UnusableMetadata, read_descriptor
from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.responses import attributes_of, read_response
from sso.saml.reader.signing import signed
from sso.saml.reader.xml import UnreadableMessage, parse, tag
from sso.saml.values import Expected

Values = dict[str, Any]


def do(task: str, values: Values) -> Values:
    return _TASKS[task](values)


def _response(values: Values) -> Values:
    expected = Expected.from_json(values["expected"])
    return _tried(lambda log: read_response(values["field"], expected, log).as_json())


def _logout_request(values: Values) -> Values:
    incoming, expected = Incoming(**values["incoming"]), Expected.from_json(values["expected"])
    return _tried(lambda log: read_logout_request(incoming, expected, log).as_json())


def _logout_answer(values: Values) -> Values:
    incoming, expected = Incoming(**values["incoming"]), Expected.from_json(values["expected"])
    return _tried(lambda log: read_logout_answer(incoming, expected, log))


def _tried(read: Callable[[CheckLog], Values | None]) -> Values:
    """Return the result or the code of the refusal, and the check log."""
    log, result, refused = CheckLog(source=CheckSource.ANYBODY), None, ""
    try:
        result = read(log)
    except SignInRefused as refusal:
        refused = refusal.code
    return {"result": result, "refused": refused, "trial": log.as_json()}


def _metadata(values: Values) -> Values:
    try:
        return {"descriptor": asdict(read_descriptor(values["text"], entity_id=values["entity_id"]))}
    except (UnreadableMessage, UnusableMetadata) as error:
        return {"problem": str(error)}
    except SeveralProviders as several:
        return {"several": several.entity_ids}


def _attributes(values: Values) -> Values:
    """Return the attributes of a pasted assertion, or of one in a pasted response. No signature is checked."""
    try:
        root = parse(values["text"].encode(), comments=True)
        check(root, MESSAGE)
    except UnreadableMessage as error:
        return {"problem": str(error)}
    found = root if root.tag == tag("saml:Assertion") else next(root.iter(tag("saml:Assertion")), None)
    if found is None:
        return {"problem": "There is no assertion in it, or it is encrypted."}
    return {"attributes": attributes_of(found)}


def _sign(values: Values) -> Values:
    return {"xml": signed(values["xml"], b64decode(values["private_key"]), before=values["before"])}


_TASKS: dict[str, Callable[[Values], Values]] = {
    "response": _response,
    "logout_request": _logout_request,
    "logout_answer": _logout_answer,
    "metadata": _metadata,
    "attributes": _attributes,
    "sign": _sign,
}

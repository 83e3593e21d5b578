"""One JSON object a line, each with the id of the request it belongs to."""

import json
import logging
from datetime import UTC, datetime

from common import context
from common.outages import is_outage

_EXTRA = ("status", "ms", "event")


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        here = context.current()
        if here.request_id:
            line["request_id"] = here.request_id
        if here.trace_id:
            line["trace_id"] = here.trace_id
        if here.caller_request_id:
            line["caller_request_id"] = here.caller_request_id
        line |= {name: record.__dict__[name] for name in _EXTRA if name in record.__dict__}
        # Any stranger can cause those of django.security, at each request; the message says all there is to know.
        if record.exc_info and not record.name.startswith("django.security"):
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class WithoutOutages(logging.Filter):
    """Drop what Django says of a request that met an outage of the database: its own line says it (common.outages)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and is_outage(record.exc_info[1]))

"""Limits of time, number and room: each row with the tests that reach it."""

from runai_identity_cli import connections as of_cli
from runai_identity_cli import web

from audit.streams import sinks, syslog
from clustersync.agent import kube, source
from clustersync.doctor import documents
from clustersync.doctor.cel import asking
from clustersync.services import doctor as looking
from common import connections, outbound, smtp
from runai_identity import asgi, databases, gunicorn_settings, request_bodies, serve, wsgi
from sso import oidc
from sso.saml import sandbox
from sso.services import metadata
from tests.limits.limits import LATER, Bound, in_words, seconds, size
from tests.limits.throttles import SIGNING_IN, TOKENS
from tokens.services import backchannel

HEAD = ("limits/test_server.py::test_a_head_has_a_greatest_length",)
BODY = (
    "limits/test_server.py::test_a_body_that_says_it_is_too_long_is_refused_before_it_comes",
    "limits/test_server.py::test_a_body_that_does_not_say_so_is_refused_where_it_is_too_long",
)
SERVER = [
    Bound("Address with its query", size(asgi.LONGEST_ADDRESS), "414", HEAD),
    Bound(
        "All headers together",
        f"{size(serve.LONGEST_HEAD)} are taken, twice as many refused",
        "431",
        HEAD,
    ),
    Bound("Number of headers", "100", "431", HEAD),
    Bound(
        "Time for a head to come, and of an idle connection",
        seconds(serve.HEADER_SECONDS),
        "408, or the connection is closed",
        ("limits/test_server.py::test_a_request_comes_whole_in_time",),
    ),
    Bound(
        "Time for a body to come",
        seconds(request_bodies.BODY_SECONDS),
        "408",
        ("limits/test_server.py::test_a_request_comes_whole_in_time",),
    ),
    Bound(
        "Any body, also in chunks, without `Authorization`, and with it to most addresses",
        size(request_bodies.MIDDLE_BODY),
        "413, before anything looks for its sender",
        BODY,
    ),
    Bound(
        "Any body with `Authorization` to an address that takes a longer one",
        "what the address takes (below)",
        "413, before anything looks for its sender",
        BODY,
    ),
    Bound(
        "Chunks: their lengths with extensions, and trailers",
        "16 KB of extensions; trailers as the server can keep",
        "400",
        ("limits/test_server.py::test_chunks_that_can_not_be_told_apart_are_the_clients_fault",),
    ),
    Bound(
        f"Bodies of {size(request_bodies.SHORT_BODY)} to {size(request_bodies.MIDDLE_BODY)} together, in one process",
        size(request_bodies.MIDDLE_BODIES),
        f"503, {LATER} 5",
        ("operations/test_asgi.py::test_long_bodies_share_room_until_they_are_answered",),
    ),
    Bound(
        "Longer bodies together, in one process",
        size(request_bodies.LONG_BODIES),
        f"503, {LATER} 5",
        ("operations/test_asgi.py::test_long_bodies_share_room_until_they_are_answered",),
    ),
    Bound(
        f"Requests that wait for one of the {asgi.THREADS} threads of a process (`WEB_THREADS`)",
        str(asgi.MOST_WAITING),
        f"503, {LATER} 1",
        ("operations/test_asgi.py::test_it_refuses_what_would_wait_too_long_for_a_thread",),
    ),
    Bound(
        "Open requests of a process",
        in_words(serve.MOST_OPEN_REQUESTS),
        "the next one waits to be accepted",
        ("start/test_slow_clients.py::test_many_slow_clients_keep_nobody_waiting",),
    ),
    Bound(
        "Downloads at once, in one process",
        "half of the threads",
        f"503, {LATER} 10",
        ("operations/test_streaming.py::test_exports_leave_threads_to_others",),
    ),
    Bound(
        "Time in which a client takes the next part of a download",
        seconds(asgi.PART_SECONDS),
        "the download ends",
        ("operations/test_streaming.py::test_who_takes_nothing_of_an_export_gets_no_more_of_it",),
    ),
    Bound(
        "With `WEB_SERVER=gunicorn`: the request line",
        size(gunicorn_settings.limit_request_line),
        "414",
        ("operations/test_http_shapes.py::test_an_authorization_request_may_be_long",),
    ),
    Bound(
        "With `WEB_SERVER=gunicorn`: headers, and each of them with its name",
        "100 of 8,190 bytes",
        "431",
        ("start/test_slow_clients.py::test_gunicorn_serves_it_as_well",),
    ),
    Bound(
        "With `WEB_SERVER=gunicorn`: a body in chunks; one with a length has the limit of its address",
        size(wsgi.MOST_BYTES_IN_CHUNKS),
        "413",
        ("start/test_slow_clients.py::test_gunicorn_serves_it_as_well",),
    ),
]
OTHERS = [
    Bound(
        "A SAML message: time of CPU and memory, in a process of its own",
        f"{sandbox.MESSAGE.seconds:g} s, {sandbox.MESSAGE.megabytes} MB",
        "the sign-in is refused",
        ("attacks/test_saml_input.py::test_c3_what_costs_too_much_is_recorded_and_the_next_one_signs_in",),
    ),
    Bound(
        "Expressions that the doctor judges, in a process of its own",
        f"{asking.MOST} of {asking.LONGEST:,} characters, {seconds(asking.SECONDS)}",
        "not judged, and said",
        ("clustersync/test_doctor_cel.py::test_it_takes_no_more_memory_and_time_than_there_is_for_it",),
    ),
    Bound(
        "YAML that is pasted for the doctor, with its aliases expanded",
        f"{documents.MOST_NODES:,} values, {documents.DEEPEST} levels",
        "a finding says that it can't be read",
        ("clustersync/test_doctor_yaml.py::test_what_was_made_to_hurt_is_refused_at_once",),
    ),
    Bound(
        "A statement, a wait for a lock, an idle transaction, a new connection (PostgreSQL)",
        f"{databases.STATEMENT_SECONDS} s, {databases.LOCK_SECONDS} s, {databases.IDLE_SECONDS} s,"
        f" {databases.CONNECT_SECONDS} s",
        "503 `database_unavailable`, `Retry-After` 5",
        (
            "faults/test_database_faults.py::test_a_locked_table_is_waited_for_a_second",
            "faults/test_database_faults.py::test_a_silent_database_holds_nobody_for_ever_and_the_process_is_known_to_live",
        ),
    ),
]
OUTGOING = [
    Bound(
        "An identity provider's discovery, keys, tokens or user information",
        f"{size(oidc.MOST_BYTES)}, {seconds(connections.SECONDS)}",
        "`unreachable`",
        ("common/test_outbound.py::test_it_refuses_what_a_server_answers",),
    ),
    Bound(
        "Metadata of an identity provider",
        f"{size(metadata.MOST_BYTES)}, {seconds(connections.SECONDS)};"
        f" {seconds(metadata.SECONDS_FOR_STRANGERS)} where a stranger's message is the reason",
        "the last good metadata stays",
        ("sso/test_slow_providers.py::test_c6_a_failed_look_keeps_what_is_known",),
    ),
    Bound(
        "Redirects that are followed, never with a secret",
        str(outbound.MOST_REDIRECTS),
        "`unreachable`",
        ("common/test_outbound.py::test_it_refuses_what_a_server_answers",),
    ),
    Bound(
        "A client's answer to a back-channel logout",
        seconds(backchannel.TIMEOUT),
        "tried again later, then given up",
        ("tokens/test_backchannel_logout.py::test_it_gives_up_and_says_so",),
    ),
    Bound(
        "A mail server, for one mail",
        f"{seconds(smtp.SECONDS)}, {size(smtp.MOST_SAID)} of replies",
        "tried again later",
        ("mail/test_sending.py::test_no_server_holds_us_longer",),
    ),
    Bound(
        "A collector of the audit log, by HTTP and by syslog",
        f"{seconds(sinks.HTTP_SECONDS)}, {seconds(syslog.SECONDS)}",
        "sent again later",
        ("audit/test_streams.py::test_a_collector_that_is_not_there_holds_up_nobody_else",),
    ),
    Bound(
        "Our own public address, where the doctor looks",
        f"{size(looking.LONGEST_DOCUMENT)}, {seconds(looking.SECONDS)}",
        "a finding says so",
        ("clustersync/test_doctor_looking.py::test_it_sees_that_nothing_answers",),
    ),
    Bound(
        "The agent: an answer of this server",
        f"{size(source.MOST_BYTES)}, {seconds(source.SECONDS)}",
        "taken for an outage",
        ("clustersync/test_agent_lied_to.py::test_it_reads_no_answer_without_end",),
    ),
    Bound(
        "The agent: an answer of the API server",
        f"{size(kube.MOST_BYTES)}, {seconds(kube.LONGEST_ANSWER)}",
        "taken for an outage",
        (
            "clustersync/test_agent_strange_answers.py::test_an_answer_has_an_end",
            "clustersync/test_agent_strange_answers.py::test_an_answer_has_a_size",
        ),
    ),
    Bound(
        "The command line: an answer of this server",
        f"{size(web.LONGEST)}, {seconds(of_cli.TIMEOUT)}",
        "a message, and exit status 4",
        ("cli/test_hostile_server.py::test_it_holds_nobody_up",),
    ),
]

SECTIONS = {
    "Signing in": SIGNING_IN,
    "Tokens, devices and the audit log": TOKENS,
    "Time and memory": OTHERS,
    "What is asked of others": OUTGOING,
}

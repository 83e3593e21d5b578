"""Every verb that writes is tried beside every verb that removes (tests/two_at_once/), or said why not."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.two_at_once import verbs

ROOT = Path(__file__).resolve().parents[2]
WRITES = frozenset({"create", "bulk_create", "save", "delete", "update", "update_or_create", "get_or_create"})

# What writes and is not tried here, and why not.
BY_OTHERS = {
    "audit.services": "entries hang on nothing; tests/audit",
    "accounts.services.languages": "one column of one's own row, by a conditional update",
    "accounts.services.browser": "changes one session by a conditional update",
    "accounts.services.mail": "sends what others wrote down",
    "accounts.services.branding": "every change of the logo waits for the lock of the one row of settings",
    "accounts.services.mail_settings": "one row that nobody removes",
    "accounts.services.settings": "one row that nobody removes",
    "accounts.services.throttle": "counters on which nothing hangs, and which hang on nothing",
    "tokens.services.keys": "signing keys hang on nothing; tests/tokens/test_keys_in_parallel.py",
    "tokens.services.backchannel": "sends what end, withdraw and revoke_session wrote down",
    "tokens.services.clients": "makes the built-in clients at the start",
    "tokens.services.assertions": "hangs on nothing",
    "sso.services.metadata": "fetches, and then changes one row under hold",
    "sso.services.rechecking": "asks a provider, and then does what finish does",
}
INSIDE = {
    "access.services.rules.revoke_rules_of": "delete_user, delete_group, delete_application",
    "access.services.rules.rename_subject": "rename_user",
    "access.services.rules.revoke_rules_in": "delete_project",
    "access.services.rules.revoke_rules_from": "delete_provider",
    "access.services.scopes.plant_roots": "at the start",
    "access.services.scopes.create_department": "create_scope",
    "access.services.scopes.create_project": "create_scope",
    "accounts.services.factors.confirm_totp": "add_factor",
    "accounts.services.factors.encrypt_again": "at the console, row by row under their locks",
    "accounts.services.passkeys.check_first": "uses one up by a conditional update",
    "accounts.services.passkeys.check_in_second_step": "uses one up by a conditional update",
    "accounts.services.second_factor_policy.note_second_factor_due": "start_session",
    "accounts.services.recovery_codes.make_codes": "add_factor, renew_recovery_codes",
    "accounts.services.recovery_codes.use_code": "a conditional update",
    "accounts.services.second_step.check_code": "uses one up by a conditional update",
    "accounts.services.groups.create_group": "makes what nothing can hang on yet",
    "accounts.services.groups.follow_directory": "finish",
    "accounts.services.password_links.end_invitations": "invite_again, before the new link",
    "accounts.services.password_links.link_for_invitation": "invite_again, under the user's lock",
    "accounts.services.password_links.link_for_recovery": "as link_for_invitation; tests/mail",
    "accounts.services.password_links.make_link": "invite_again",
    "accounts.services.passwords.set_password": "reset_password, change_password",
    "accounts.services.posix.withdraw_from": "finish",
    "accounts.services.posix.withdraw_posix_ids": "update_provider, row by row under its lock",
    "accounts.services.sessions.revoke_all": "delete_user, disable_user, force_logout",
    "accounts.services.users.create_user": "makes what nothing can hang on yet",
    "clustersync.services.clusters.register_cluster": "create_scope: below the tree's root",
    "clustersync.services.credentials.first_credential": "new_credential",
    "clustersync.services.fetches.note_fetch_from": "note_fetch",
    "clustersync.services.left_out.note_left_out": "keep_report",
    "clustersync.services.left_out.note_where_due": "conditional updates",
    "clustersync.services.reports.keep_idle_report": "a conditional update",
    "sso.services.attempts.note_success": "finish",
    "sso.services.ended_there.note_ended": "under the provider's lock; tests/sso/test_signed_out_meanwhile.py",
    "sso.services.keys.make_first_key": "hangs on a row that the same transaction makes",
    "sso.services.keys.encrypt_again": "at the console, row by row under their locks",
    "sso.services.provider_sessions.note_provider_session": "finish",
    "sso.services.provisioning.admit": "finish",
    "sso.services.provisioning.record_unlinked_identity": "finish, as somebody whom the provider makes no user for",
    "sso.services.providers.connect_provider": "makes what nothing can hang on yet",
    "sso.services.replays.record_first": "tests/two_at_once/test_requests.py",
    "sso.services.replays.refuse_replay": "record_first",
    "sso.services.pending.store_assertion": "tests/two_at_once/test_requests.py",
    "sso.services.pending.take_assertion": "finish",
    "tokens.services.applications.register_client": "makes what nothing can hang on yet",
    "tokens.services.consents.forget_what_is_gone": "update_registration",
    "tokens.services.preview.preview": "rolls back what it writes",
    "tokens.services.grants.begin": "redeem, poll",
    "tokens.services.grants.save_new": "begin, begin_on_device, create_token",
    "tokens.services.grants.begin_on_device": "issue_for_password",
    "tokens.services.registration.create_registration_token": "hangs on nothing",
    "tokens.services.kept_requests.keep_request": "hangs on nothing",
    "tokens.services.registration.register_dynamically": "makes what nothing can hang on yet",
}


def writers() -> Iterator[str]:
    """Public functions of services that write, by themselves or by a private function of their module."""
    for file in sorted([*ROOT.glob("*/services/*.py"), *ROOT.glob("*/services.py")]):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        body = ast.parse(file.read_text()).body
        functions = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
        statements = {
            ast.unparse(one.targets[0]) for one in body if isinstance(one, ast.Assign) and _is_update(one.value)
        }
        for name in functions:
            if not name.startswith("_") and module not in BY_OTHERS and _writes(functions, statements, name, set()):
                yield f"{module}.{name}"


def _is_update(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "WriteStatement"


def _writes(functions: dict[str, ast.FunctionDef], statements: set[str], name: str, seen: set[str]) -> bool:
    seen.add(name)
    calls = [node.func for node in ast.walk(functions[name]) if isinstance(node, ast.Call)]
    if any(isinstance(call, ast.Attribute) and call.attr in WRITES for call in calls):
        return True
    called = {call.id for call in calls if isinstance(call, ast.Name)}
    return bool(called & statements) or any(
        _writes(functions, statements, other, seen) for other in called & functions.keys() - seen
    )


def tried() -> set[str]:
    """By the source of the table: which function of which module each entry calls."""
    source = ast.parse(Path(verbs.__file__).read_text())
    modules = {alias.asname: alias.name for node in source.body if isinstance(node, ast.Import) for alias in node.names}
    named = {
        alias.name: f"{node.module}.{alias.name}"
        for node in source.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    called = {ast.unparse(node.func) for node in ast.walk(source) if isinstance(node, ast.Call)}
    inside = {name for name in called if "." in name and name.split(".")[0] in modules}
    return {f"{modules[name.split('.')[0]]}.{name.split('.')[1]}" for name in inside} | {
        named[name] for name in called & named.keys()
    }


def test_every_verb_that_writes_is_tried_or_said_why_not() -> None:
    everywhere = {name.rsplit(".", 1)[1] for name in tried()}
    missing = [name for name in writers() if name not in INSIDE and name.rsplit(".", 1)[1] not in everywhere]

    assert missing == []


def test_nothing_is_excused_that_is_not_there() -> None:
    found = set(writers())

    assert [name for name in INSIDE if name not in found] == []

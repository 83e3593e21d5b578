"""Words for the actions and reasons of the audit log, which pages show beside the codes that the log keeps."""

from functools import cache

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop

ACTIONS = {
    "access_rule:grant": gettext_noop("Role given"),
    "access_rule:rename": gettext_noop("Access rule renamed"),
    "access_rule:revoke": gettext_noop("Role taken away"),
    "application:create": gettext_noop("Application added"),
    "application:delete": gettext_noop("Application deleted"),
    "application:disable": gettext_noop("Application disabled"),
    "application:enable": gettext_noop("Application enabled"),
    "application:secret:end": gettext_noop("Previous secret of an application ended"),
    "application:secret:rotate": gettext_noop("New secret of an application"),
    "application:update": gettext_noop("Application changed"),
    "audit:unreadable": gettext_noop("Unreadable entry"),
    "backup:make": gettext_noop("Backup made"),
    "backup:restore": gettext_noop("Backup restored"),
    "cluster:accepts-shared-audience:begin": gettext_noop("Shared audience accepted by a cluster"),
    "cluster:accepts-shared-audience:end": gettext_noop("Shared audience no longer accepted by a cluster"),
    "cluster:agent-credential:end": gettext_noop("Replaced agent token of a cluster ended"),
    "cluster:agent-credential:rotate": gettext_noop("New agent token of a cluster"),
    "cluster:deregister": gettext_noop("Cluster removed"),
    "cluster:legacy-flags:begin": gettext_noop("Existing flags of the platform used by a cluster"),
    "cluster:legacy-flags:end": gettext_noop("Existing flags of the platform no longer used by a cluster"),
    "cluster:rbac:sync": gettext_noop("Role bindings written in a cluster"),
    "cluster:register": gettext_noop("Cluster added"),
    "cluster:update": gettext_noop("Cluster changed"),
    "cluster:webhook-credential:end": gettext_noop("Replaced webhook token of a cluster ended"),
    "cluster:webhook-credential:rotate": gettext_noop("New webhook token of a cluster"),
    "cluster_token:create": gettext_noop("Token for a cluster made"),
    "cluster_token:revoke": gettext_noop("Token for a cluster revoked"),
    "code:replay": gettext_noop("Authorization code used again"),
    "consent:give": gettext_noop("Consent given"),
    "consent:withdraw": gettext_noop("Consent withdrawn"),
    "department:create": gettext_noop("Department added"),
    "department:delete": gettext_noop("Department deleted"),
    "device:approve": gettext_noop("Device approved"),
    "device:deny": gettext_noop("Device denied"),
    "grant:begin": gettext_noop("Application let in"),
    "grant:end": gettext_noop("Access of an application ended"),
    "group:create": gettext_noop("Group added"),
    "group:delete": gettext_noop("Group deleted"),
    "group:member:add": gettext_noop("Member added to a group"),
    "group:member:remove": gettext_noop("Member removed from a group"),
    "group:update": gettext_noop("Group changed"),
    "identity:link": gettext_noop("Identity linked with a user"),
    "identity:unlink": gettext_noop("Identity unlinked from a user"),
    "identity_provider:connect": gettext_noop("Identity provider connected"),
    "identity_provider:delete": gettext_noop("Identity provider deleted"),
    "identity_provider:disable": gettext_noop("Identity provider disabled"),
    "identity_provider:enable": gettext_noop("Identity provider enabled"),
    "identity_provider:encrypt": gettext_noop("Secrets of an identity provider encrypted anew"),
    "identity_provider:key:publish": gettext_noop("Next certificate for an identity provider published"),
    "identity_provider:key:remove": gettext_noop("Old certificate for an identity provider removed"),
    "identity_provider:key:use": gettext_noop("Next certificate for an identity provider used"),
    "identity_provider:metadata:change": gettext_noop("Metadata of an identity provider changed"),
    "identity_provider:metadata:refresh": gettext_noop("Metadata of an identity provider fetched"),
    "identity_provider:test": gettext_noop("Identity provider tested"),
    "identity_provider:update": gettext_noop("Identity provider changed"),
    "logout:undelivered": gettext_noop("Sign-out notice not delivered to an application"),
    "mail:undelivered": gettext_noop("Mail not delivered"),
    "project:create": gettext_noop("Project added"),
    "project:delete": gettext_noop("Project deleted"),
    "registration_token:create": gettext_noop("Registration token made"),
    "registration_token:delete": gettext_noop("Registration token deleted"),
    "registration_token:use": gettext_noop("Registration token used"),
    "session:revoke": gettext_noop("Session ended"),
    "session:sign-in": gettext_noop("Sign-in"),
    "session:sign-out": gettext_noop("Sign-out"),
    "settings:mail-password:update": gettext_noop("Password of the mail server changed"),
    "settings:update": gettext_noop("Settings changed"),
    "signing_key:encrypt": gettext_noop("Signing keys encrypted anew"),
    "signing_key:rotate": gettext_noop("Signing key rotated"),
    "token:groups:leave-out": gettext_noop("Groups left out of a token"),
    "token:refuse": gettext_noop("Token refused"),
    "token:reuse": gettext_noop("Refresh token used again"),
    "user:access:cut": gettext_noop("Access cut"),
    "user:adopt": gettext_noop("User taken over by an identity provider"),
    "user:create": gettext_noop("User added"),
    "user:delete": gettext_noop("User deleted"),
    "user:disable": gettext_noop("User disabled"),
    "user:email:doubt": gettext_noop("E-mail address no longer verified"),
    "user:email:verify": gettext_noop("E-mail address verified"),
    "user:enable": gettext_noop("User enabled"),
    "user:factor:add": gettext_noop("Second factor added"),
    "user:factor:remove": gettext_noop("Second factor removed"),
    "user:factor:rename": gettext_noop("Second factor renamed"),
    "user:factors:reset": gettext_noop("Second factors reset"),
    "user:groups:follow": gettext_noop("Groups taken from the identity provider"),
    "user:invitation:accept": gettext_noop("Password chosen by an invitation"),
    "user:invite": gettext_noop("User invited"),
    "user:language": gettext_noop("Language changed"),
    "user:logout": gettext_noop("User signed out everywhere"),
    "user:password:change": gettext_noop("Password changed"),
    "user:password:reset": gettext_noop("Password reset"),
    "user:posix:withdraw": gettext_noop("POSIX ids withdrawn"),
    "user:recovery-code:use": gettext_noop("Recovery code used"),
    "user:recovery-codes:renew": gettext_noop("New recovery codes"),
    "user:recovery:accept": gettext_noop("Password chosen by a recovery link"),
    "user:recovery:send": gettext_noop("Recovery link asked for"),
    "user:rename": gettext_noop("E-mail address changed"),
    "user:restore": gettext_noop("Administrator restored"),
    "user:unlock": gettext_noop("User unlocked"),
    "user:update": gettext_noop("User changed"),
}

# Of refusals and failures, then of ended sessions and grants. What a mail server or an application answered is told as
# it was.
REASONS = {
    "address_not_declared": gettext_noop("The provider may not speak for this e-mail domain"),
    "address_reused": gettext_noop("The provider gave another person this e-mail address before"),
    "address_not_allowed": gettext_noop("Its address is not one that this service may call"),
    "administrator": gettext_noop("The provider may not sign administrators in"),
    "application_disabled": gettext_noop("The application is disabled"),
    "application_missing": gettext_noop("The application was deleted"),
    "audience_not_granted": gettext_noop("The person did not agree to this audience"),
    "audience_taken": gettext_noop("The application may no longer ask for this audience"),
    "backup_not_written": gettext_noop("The file can't be written"),
    "bad assertion": gettext_noop("The application's assertion is not valid"),
    "bad_assertion": gettext_noop("The assertion is not as the standard has it"),
    "bad_encryption": gettext_noop("The answer can't be decrypted"),
    "bad_message": gettext_noop("The answer can't be read"),
    "bad_provider": gettext_noop("The provider's answer is not valid OpenID Connect"),
    "bad_signature": gettext_noop("The signature is missing or wrong"),
    "bad_time": gettext_noop("Too old, or the clocks differ"),
    "claim_missing": gettext_noop("The mandatory claim is missing"),
    "cluster_disabled": gettext_noop("The cluster is disabled"),
    "consent_missing": gettext_noop("Consent was withdrawn"),
    "disabled": gettext_noop("The account or application is disabled"),
    "email_taken": gettext_noop("Another account has this e-mail address"),
    "email_unverified": gettext_noop("The provider did not verify the e-mail address"),
    "grant_missing": gettext_noop("The access of the application was deleted"),
    "grant_revoked": gettext_noop("The access of the application has ended"),
    "hook_failed": gettext_noop("Code that was added to this installation failed"),
    "it doesn't authenticate by secret": gettext_noop("The application does not authenticate by a secret"),
    "locked": gettext_noop("Locked after too many wrong passwords"),
    "must_change_password": gettext_noop("The temporary password has to be changed first"),
    "no credentials": gettext_noop("The application showed no credentials"),
    "no_email": gettext_noop("The provider sent no e-mail address"),
    "no_identity": gettext_noop("The provider did not say who it is"),
    "no_new_users": gettext_noop("The provider makes no new users"),
    "no_rule_reaches_cluster": gettext_noop("No access rule reaches the cluster"),
    "not_asked": gettext_noop("The answer belongs to no request"),
    "not_authorized": gettext_noop("Refused by the authentication backend of this installation"),
    "signed_out_there": gettext_noop("The provider had ended the session already"),
    "not_recent": gettext_noop("The provider did not ask the person to sign in again"),
    "other_audience": gettext_noop("Meant for another application"),
    "other_issuer": gettext_noop("Issued by somebody else than this provider"),
    "other_recipient": gettext_noop("Meant for another address"),
    "other_source": gettext_noop("An access rule of this person is for another source"),
    "provider_disabled": gettext_noop("The identity provider is disabled"),
    "provider_exceeded": gettext_noop("The identity provider may no longer sign this person in"),
    "provider_failed": gettext_noop("Refused by the provider, or cancelled"),
    "replayed": gettext_noop("The answer was used before"),
    "reused": gettext_noop("The refresh token was used before"),
    "second factor missing": gettext_noop("A second factor is needed"),
    "second_factor_due": gettext_noop("A second factor has to be added first"),
    "second_factor_missing": gettext_noop("A second factor is needed"),
    "session_idle": gettext_noop("The session ended by inactivity"),
    "session_missing": gettext_noop("The session was deleted"),
    "session_over": gettext_noop("The session reached its longest time"),
    "session_revoked": gettext_noop("The session was ended"),
    "signs in by an identity provider": gettext_noop("Signs in through an identity provider"),
    "some_failed": gettext_noop("Some objects could not be written"),
    "the token is of another application": gettext_noop("The token belongs to another application"),
    "too many mails to this account": gettext_noop("Too many mails to this account"),
    "too many second factors tried": gettext_noop("Too many second factors tried"),
    "too many tries from this address": gettext_noop("Too many tries from this address"),
    "too_costly": gettext_noop("The answer is too large to read"),
    "transient_identity": gettext_noop("The provider gives a new identifier at each sign-in"),
    "unauthorized_client": gettext_noop("The application is not registered for this grant type"),
    "unknown application": gettext_noop("No such application"),
    "unknown user": gettext_noop("No such account"),
    "unreachable": gettext_noop("It could not be reached"),
    "unreadable_row": gettext_noop("A row of the database can't be read"),
    "used twice": gettext_noop("The code was used before"),
    "user_disabled": gettext_noop("The user is disabled"),
    "who gave the password holds less by now": gettext_noop("Who gave the password may do less now"),
    "who made it holds less by now": gettext_noop("Who made it may do less now"),
    "wrong_audience": gettext_noop("The token is for another application"),
    "wrong code": gettext_noop("Wrong code"),
    "wrong passkey": gettext_noop("Wrong passkey"),
    "wrong password": gettext_noop("Wrong password"),
    "wrong secret": gettext_noop("Wrong secret"),
    "a refresh token was used twice": gettext_noop("A refresh token was used twice"),
    "access cut": gettext_noop("Access cut"),
    "cluster removed": gettext_noop("Cluster removed"),
    "consent withdrawn": gettext_noop("Consent withdrawn"),
    "e-mail changed": gettext_noop("E-mail address changed"),
    "ended by an administrator": gettext_noop("Ended by an administrator"),
    "ended by its owner": gettext_noop("Ended by the person"),
    "ended by the directory": gettext_noop("Ended by the identity provider"),
    "given back by the application": gettext_noop("Ended by the application"),
    "identity unlinked": gettext_noop("Identity unlinked"),
    "inactivity": gettext_noop("Inactivity"),
    "its code was used twice": gettext_noop("Its code was used twice"),
    "longest session": gettext_noop("Longest session reached"),
    "password changed": gettext_noop("Password changed"),
    "password reset": gettext_noop("Password reset"),
    "provider disabled": gettext_noop("Identity provider disabled"),
    "provider removed": gettext_noop("Identity provider deleted"),
    "second factor added": gettext_noop("Second factor added"),
    "second factor removed": gettext_noop("Second factor removed"),
    "second factors reset": gettext_noop("Second factors reset"),
    "signed out": gettext_noop("Signed out"),
    "signed out by an administrator": gettext_noop("Signed out by an administrator"),
    "signed out elsewhere": gettext_noop("Signed out at the identity provider"),
    "user deleted": gettext_noop("User deleted"),
    "user disabled": gettext_noop("User disabled"),
}


def action_in_words(action: str) -> str:
    """Return what happened, in the reader's language; an action that this version doesn't know as it is written."""
    return gettext(ACTIONS[action]) if action in ACTIONS else action


def reason_in_words(reason: str) -> str:
    """Return why, in the reader's language; what others answered as it is written."""
    return gettext(REASONS.get(reason, reason)) if reason else ""


def object_in_words(entity_type: str, name: str = "") -> str:
    """Return the kind of an object, which the log has as the name of our model, and its name."""
    known = model_called(entity_type)
    return f"{capfirst(str(known._meta.verbose_name)) if known else entity_type} {name}".strip()


def model_called(entity_type: str) -> type[Model] | None:
    """Return our model of that name, as entries have it; None for a name that this version doesn't know."""
    return _models().get(entity_type)


@cache
def _models() -> dict[str, type[Model]]:
    # Ours come first among the applications, and win here: Django has a Group and a Session as well.
    return {str(model._meta.object_name): model for model in reversed(apps.get_models())}


def actions_called(words: str) -> list[str]:
    """Return the actions that pages show in these words."""
    wanted = words.strip().casefold()
    return [action for action, said in ACTIONS.items() if gettext(said).casefold() == wanted]

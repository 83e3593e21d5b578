"""Which paths a condition leaves open, and why; empty for a path that it must shut."""

from tests.gate.paths import PATHS, Path


def with_a_session(path: Path) -> str:
    return "it begins a session of its own" if path.begins else ""


def with_no_new_session(path: Path) -> str:
    """Who signs in again, and is let in, is asked for consent again before a client gets anything."""
    return "" if path.elsewhere or path.chooses else with_a_session(path)


def with_a_cluster(path: Path) -> str:
    return "" if path.cluster else "no cluster takes part"


def with_an_opaque_token(path: Path) -> str:
    return "" if path.opaque else "the cluster can verify it without us"


def with_a_token_made_before(path: Path) -> str:
    return "" if path is PATHS["person's opaque token review"] else "it is no opaque token"


def with_the_secret(path: Path) -> str:
    return "" if path.secret else "a new secret stops new tokens; disabling the application stops those it has"


def with_the_password(path: Path) -> str:
    if path.elsewhere or path.chooses:
        return "passwords are not asked for here"
    return "" if path.begins else "a stranger's wrong passwords must not cut anybody's tokens"


def with_the_present_password(path: Path) -> str:
    return "it chooses another one" if path.chooses else ""


def with_a_provider(path: Path) -> str:
    return "it begins a session of its own, here" if path.begins and not path.elsewhere else ""


def with_its_own_second_factor(path: Path) -> str:
    return "the identity provider asks for a second factor itself" if path.elsewhere else ""


def with_an_open_browser(path: Path) -> str:
    return with_a_session(path) or with_the_shop(path)


def with_the_shop(path: Path) -> str:
    return "" if path.shop else "neither the shop nor a browser takes part"


def of_the_consent(path: Path) -> str:
    if path is PATHS["device approval"]:
        return "whoever approves a device is asked there"
    return with_the_shop(path)


def for_somebody_else(path: Path) -> str:
    return "" if path.elses else "the token is for its own client, or our own client got it"


def of_the_grant_type(path: Path) -> str:
    if path is PATHS["device approval"]:
        return "what was approved gives nothing then"
    return "" if path.shop or path.whose == "application" else "our own clients took part"


def with_a_grant(path: Path) -> str:
    return "" if path.granted else "the grant comes afterwards"


def with_a_token_for_the_api(path: Path) -> str:
    return "" if path.granted and "API" in path.shows else "its token is not for the API, or the grant's own"


def with_a_token_for_the_cluster(path: Path) -> str:
    return "" if path.granted and "cluster" in path.shows else "its token is not for the cluster, or the grant's own"

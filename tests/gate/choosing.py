"""The way by a link to choose a password."""

from django.test import Client

from tests.gate.world import World
from tests.tokens import asking


def by_a_link_to_choose_a_password(world: World) -> bool:
    """From the link in a mail to a code for the shop."""
    browser, link = Client(), world.held.pop()
    browser.post("/choose-password", {"link": link, "new": "Another-Horse-77", "again": "Another-Horse-77"})
    opened = bool(asking.code_in(asking.authorize(browser)))
    if opened:
        # A link ends with the password that it replaces: the next one is of the new password.
        world.held.append(world.new_link())
    return opened

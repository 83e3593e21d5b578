from runai_identity.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Switched off: prune clears away what is over."
    instead = "manage.py prune clears away what is over; the server does the same by itself."

from runai_identity.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Switched off: manage.py restore restores a backup."
    instead = "Restore a file of manage.py backup with manage.py restore."

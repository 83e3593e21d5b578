from runai_identity.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Switched off: restore a backup with the database's own tools."
    instead = "Restore a backup with the database's own tools: pg_restore, or a copy of the file of SQLite."

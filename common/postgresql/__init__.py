"""The engine of `settings.DATABASES` for PostgreSQL: Django's, which waits for no answer without a bound."""

"""The append-only trail of what happened. Everyone writes to it; it knows nobody."""

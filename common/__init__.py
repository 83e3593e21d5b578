"""What every app shares: errors, the acting party, the request at hand, and the habits of the published API.

No models, and no import of any app.
"""

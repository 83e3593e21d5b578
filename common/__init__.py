"""Code that every app shares: errors, actors, the current request, and the habits of the published API.

No models, and no import of any app.
"""

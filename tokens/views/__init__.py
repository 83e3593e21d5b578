"""The OAuth 2.0 and OpenID Connect endpoints, and the pages that people see on their way through them."""

"""We are the client of somebody else's identity provider (SAML, later OIDC). Nothing here yet."""

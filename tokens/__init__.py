"""We are the authorization server: signing keys, claims, the issuance gate, the token API, applications."""

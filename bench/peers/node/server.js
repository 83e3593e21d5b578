// node oidc-provider as it comes, with everything in memory: `node server.js PORT KEYS`, KEYS being a JWK Set.
import Provider from "oidc-provider";

const [port, keys] = process.argv.slice(2);

const confidential = (client_id) => ({
  client_id,
  client_secret: "bench-secret-" + "b".repeat(40),
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: "client_secret_post",
});

// Access tokens are JWTs where they are for a resource (RFC 8707), and opaque otherwise.
const audiences = { "urn:rs256": "RS256", "urn:es256": "ES256" };
const resource = (name) => ({
  scope: "read",
  audience: name,
  accessTokenFormat: "jwt",
  accessTokenTTL: 600,
  jwt: { sign: { alg: audiences[name] } },
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [confidential("robot")],
  jwks: JSON.parse(keys),
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: true, getResourceServerInfo: (_, name) => resource(name) },
  },
});

provider.listen(Number(port), "127.0.0.1");

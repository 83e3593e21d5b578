// openid-client as a web application uses it. Told by lines of JSON what to do next, and answers each with one.
import { createInterface } from 'node:readline'
import { webcrypto } from 'node:crypto'

globalThis.crypto ??= webcrypto // Node.js 18 has it under another name
const client = await import('openid-client')

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const hear = async () => JSON.parse((await lines.next()).value)
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n')
const insecure = { execute: [client.allowInsecureRequests] } // the server under test speaks http on the loopback

const discover = (told, authentication) =>
  client.discovery(new URL(told.issuer), told.client_id, { client_secret: told.client_secret }, authentication, insecure)

async function codes(told) {
  const config = await discover(told)
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: 'openid email profile groups',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  say({ url: url.href })
  const back = new URL((await hear()).url)
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
  return { config, tokens }
}

async function code(told) {
  const { config, tokens } = await codes(told)
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  say({ claims, userinfo, refreshed: { ...refreshed, sub: refreshed.claims().sub }, first: tokens })
}

async function revocation(told) {
  const { config, tokens } = await codes(told)
  const before = await client.tokenIntrospection(config, tokens.access_token)
  await client.tokenRevocation(config, tokens.refresh_token)
  const after = await client.tokenIntrospection(config, tokens.access_token)
  const refused = await client.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.error)
  say({ before, after, refused })
}

async function logout(told) {
  const { config, tokens } = await codes(told)
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: told.post_logout_redirect_uri,
    state: 'gone',
  })
  say({ url: url.href })
  await hear()
  const refused = await client.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.error)
  say({ refused })
}

async function robot(told) {
  const config = await discover(told, client.ClientSecretBasic(told.client_secret))
  const tokens = await client.clientCredentialsGrant(config)
  say({ tokens, introspected: await client.tokenIntrospection(config, tokens.access_token) })
}

async function keyed(told) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  say({ jwk: { kty, crv, x, y, alg: 'ES256', use: 'sig' } })
  await hear()
  const config = await discover(told, client.PrivateKeyJwt(pair.privateKey))
  const tokens = await client.clientCredentialsGrant(config)
  say({ tokens })
}

async function device(told) {
  const config = await discover(told)
  const waiting = await client.initiateDeviceAuthorization(config, { scope: 'openid email' })
  say({ url: waiting.verification_uri_complete, user_code: waiting.user_code })
  const tokens = await client.pollDeviceAuthorizationGrant(config, waiting)
  say({ tokens, claims: tokens.claims() })
}

async function metadata(told) {
  say((await discover(told)).serverMetadata())
}

const flows = { code, revocation, logout, robot, keyed, device, metadata }
await flows[process.argv[2]](await hear())
process.exit(0)

// A certified OpenID provider (oidc-provider), as a province might run one: code flow, PKCE demanded, a client with a
// secret, keys of its own. Any name signs in on its page for developers. Prints its port when it listens.
import { createServer } from 'node:http'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'

const [redirectUri, algorithm] = process.argv.slice(2)
const kinds = { RS256: ['rsa', { modulusLength: 2048 }], PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519', {}] }
// By way of its text: once a start was seen to hang before it listened, where the key itself was exported at once.
const [kind, settings] = kinds[algorithm]
const made = generateKeyPairSync(kind, { ...settings, publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
const jwk = { ...createPrivateKey(made.privateKey).export({ format: 'jwk' }), use: 'sig', kid: 'k1' }

let handle
const server = createServer((request, response) => handle(request, response))
server.listen(0, '127.0.0.1', () => {
  const port = server.address().port
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      client_id: 'mangrove', client_secret: 'b/m+t s&cret', redirect_uris: [redirectUri],
      id_token_signed_response_alg: algorithm, token_endpoint_auth_method: 'client_secret_basic',
    }],
    jwks: { keys: [jwk] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    pkce: { required: () => true },
    cookies: { keys: ['for tests'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, name: `Name of ${id}`, preferred_username: id }),
    }),
  })
  handle = provider.callback()
  console.log(`listening on ${port}`)
})

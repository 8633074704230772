/**
 * The peer: `oidc-provider` in one process, everything in memory, its client known beforehand by its public key.
 * Arguments: port, the client's JWKS, its own JWKS. `GET /codes?n=` makes codes as a sign-in would have; that is how a round gets its own.
 */
import Provider from "oidc-provider";

const [port, jwks, signing] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
const client = {
  client_id: "sp",
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: "RS256",
  id_token_signed_response_alg: "RS256",
  grant_types: ["authorization_code", "client_credentials"],
  redirect_uris: ["https://sp.example/return"],
  response_types: ["code"],
  jwks: JSON.parse(jwks),
};
/** In memory, as the one that comes with it, but without its limit of 1,000 entries: a round needs more. */
const kept = new Map();
class Memory {
  constructor(name) {
    this.key = (id) => `${name} ${id}`;
  }
  async upsert(id, payload) {
    kept.set(this.key(id), payload);
  }
  async find(id) {
    return kept.get(this.key(id));
  }
  async consume(id) {
    kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    kept.delete(this.key(id));
  }
  async revokeByGrantId() {}
}

const provider = new Provider(origin, {
  adapter: Memory,
  clients: [client],
  jwks: JSON.parse(signing),
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  pkce: { required: () => false },
});
provider.use(async (ctx, next) => {
  if (ctx.path !== "/codes") return next();
  const known = await provider.Client.find("sp");
  ctx.body = await Promise.all(Array.from({ length: Number(ctx.query.n) }, () => makeCode(known)));
});

async function makeCode(known) {
  const grant = new provider.Grant({ accountId: "alice", clientId: "sp" });
  grant.addOIDCScope("openid");
  const grantId = await grant.save();
  const code = new provider.AuthorizationCode({
    client: known,
    accountId: "alice",
    grantId,
    gty: "authorization_code",
    redirectUri: "https://sp.example/return",
    scope: "openid",
    nonce: "nonce-1",
    authTime: Math.floor(Date.now() / 1000),
  });
  return code.save();
}

provider.listen(Number(port), "127.0.0.1");

/** `/.well-known/openid-configuration` and `/.well-known/jwks.json`: what this IdP says of itself and its keys. */
import type { Deps } from "../deps.ts";
import { cacheable } from "../http/headers.ts";
import { respondJson } from "../http/respond.tsx";
import { servingSets } from "../jwt/key-sets.ts";
import { LANGUAGES } from "../pages/text.ts";
import { LEVELS, type Level, reaches } from "../protocol/assurance.ts";
import { decodeHex, encodeBase64, encodeBase64url } from "../protocol/encoding.ts";
import { buildDiscovery } from "../protocol/metadata.ts";

export const openidConfiguration = async (
  _request: Request,
  { config }: Pick<Deps, "config">,
): Promise<Response> =>
  respondJson(
    buildDiscovery(config, { levels: levelsOf(config), languages: LANGUAGES }),
    200,
    cacheable(3600),
  );

/** What somebody may reach here: high only where some authenticator counts as hardware. */
const levelsOf = ({ minimumAssurance, trustedAuthenticators }: Deps["config"]): readonly Level[] =>
  LEVELS.filter((level) => reaches(level, minimumAssurance)).filter(
    (level) => level !== "high" || trustedAuthenticators.pairs.length > 0,
  );

/**
 * Every set that serves now, the one that signs first. One key is for signing and for encrypted requests, so without `use`
 * and `alg` (RFC 7517 §4.2).
 */
export async function jwks(
  _request: Request,
  { config, now }: Pick<Deps, "config" | "now">,
): Promise<Response> {
  const keys = servingSets(config.keySets, now()).map(({ publicKey, chain }) => {
    const thumbprint = thumbprintOf(chain[0]?.fingerprint ?? "");
    return {
      kty: "RSA",
      n: publicKey.modulus,
      e: publicKey.exponent,
      kid: thumbprint,
      "x5t#S256": thumbprint,
      x5c: chain.map(({ der }) => encodeBase64(der)),
    };
  });
  return respondJson({ keys }, 200, cacheable(JWKS_SECONDS));
}
const JWKS_SECONDS = 300;

const thumbprintOf = (fingerprint: string): string =>
  encodeBase64url(decodeHex(fingerprint) ?? new Uint8Array());

/** `/.well-known/openid-configuration` and `/.well-known/jwks.json`: what this IdP says of itself and its key. */
import type { Deps } from "../deps.ts";
import { cacheable } from "../http/headers.ts";
import { respondJson } from "../http/respond.tsx";
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

/** One key for signing and for encrypted requests, so without `use` and `alg` (RFC 7517 §4.2). */
export async function jwks(_request: Request, { config }: Pick<Deps, "config">): Promise<Response> {
  const [leaf] = config.certificateChain;
  const thumbprint = encodeBase64url(decodeHex(leaf?.fingerprint ?? "") ?? new Uint8Array());
  const key = {
    kty: "RSA",
    n: config.keys.modulus,
    e: config.keys.exponent,
    kid: thumbprint,
    "x5t#S256": thumbprint,
    x5c: config.certificateChain.map(({ der }) => encodeBase64(der)),
  };
  return respondJson({ keys: [key] }, 200, cacheable(300));
}

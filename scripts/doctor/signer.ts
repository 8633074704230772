/** A key that lives elsewhere (`SIGNER_URL`): does its service know us, and sign with the key of our certificate? */
import type { Config } from "../../src/config.ts";
import { signingSet } from "../../src/jwt/key-sets.ts";
import { SignerUnavailable } from "../../src/jwt/private-key.ts";
import { encodeUtf8 } from "../../src/protocol/encoding.ts";
import type { EpochSeconds } from "../../src/protocol/time.ts";
import { type Finding, good, wrong } from "./finding.ts";

/** Has it sign a word that is no token, as the Worker would; the signature is held against our certificate. */
export async function askSigner(
  { keySets }: Pick<Config, "keySets">,
  now: EpochSeconds,
): Promise<readonly Finding[]> {
  const about = "signing service";
  const key = signingSet(keySets, now)?.privateKey;
  if (key?.isRemote !== true) return [];
  try {
    await key.sign(encodeUtf8("ishare-idp asks whether you sign"));
    return [good(about, "it signs with the certificate's key.")];
  } catch (error) {
    if (!(error instanceof SignerUnavailable)) throw error;
    return [
      wrong(
        about,
        `it gives no signature (${error.reason}).`,
        "See “A key that lives elsewhere” in docs/keys.md.",
      ),
    ];
  }
}

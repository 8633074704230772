/**
 * Checkpoints: every hour what each chain has come to is signed with our eSEAL. What is signed is told by the chain's own
 * object and not by the directory, so that who rewrote the directory gets no signature on it. Owns when that is.
 */
import { addCheckpoint, listUnsigned } from "../directory/audit-log.ts";
import { CHECKPOINT_SUBJECT, CHECKPOINT_TYPE } from "../jwt/audit-checkpoint.ts";
import type { Signer } from "../jwt/sign.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { type OutboxDeps, settle } from "./outbox.ts";

export const CHECKPOINT_SECONDS = 3600;

export async function signCheckpoints(
  deps: OutboxDeps & { readonly signer: Signer },
  now: EpochSeconds,
): Promise<void> {
  const { directory, chains, signer, log } = deps;
  for (const organisation of await listUnsigned(directory, now - CHECKPOINT_SECONDS)) {
    try {
      await settle(organisation, deps); // a confirmation may have been lost
      const { confirmed } = await chains.state(organisation);
      if (confirmed.seq === 0) continue;
      const { seq, hash } = confirmed;
      const claims = { sub: CHECKPOINT_SUBJECT, organisation, seq, hash };
      const jwt = await signer.sign(claims, now, CHECKPOINT_TYPE);
      await addCheckpoint(directory, { organisation, seq, at: now, jwt });
    } catch (error) {
      log.error("audit_checkpoint_failed", { organisation, error: String(error).slice(0, 200) });
    }
  }
}

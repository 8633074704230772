/** `reset-password`: a one-time link with which a human sets a new password. It never counts for more than low. */
import { BY, createAuditor } from "./audit.ts";
import { onDirectory, PLACE } from "./database.ts";
import { handOut } from "./hand-out.ts";
import { BadInput, line, readFlags } from "./input.ts";

export const USAGE =
  "reset-password (--state DIR | --remote) --username U [--issuer-url URL, needed with --remote] [--by NAME]";
/** where `serve` and `npm start` listen */
const LOCAL_URL = "http://localhost:8787";

export async function resetPassword(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, {
    ...PLACE,
    ...BY,
    username: { type: "string" },
    "issuer-url": { type: "string" },
  });
  const auditor = createAuditor(flags.by);
  const username = line(flags.username, "--username", 200);
  const issuer = readIssuer(flags["issuer-url"], flags.remote);
  await onDirectory(flags, async (database) => {
    const { code, until } = await handOut(database, username, "reset", "low", auditor);
    console.log(`Reset link for ${username}, once, until ${until}: ${issuer}/reset?code=${code}`);
  });
}

/** As ISSUER_URL is: an https origin, or http on localhost. */
function readIssuer(value: string | undefined, remote: boolean): string {
  if (value === undefined && remote)
    throw new BadInput("--issuer-url is missing: the address of the deployed IdP.");
  const text = value ?? LOCAL_URL;
  const url = URL.parse(text);
  const isFit = url?.protocol === "https:" || (url?.protocol === "http:" && url.hostname === "localhost");
  if (url === null || !isFit || text.replace(/\/$/, "") !== url.origin) {
    throw new BadInput("--issuer-url must be like https://idp.example (http on localhost only).");
  }
  return url.origin;
}

/**
 * One HTTP call as a stranger makes it, and what is said when it fails: name, connection, TLS, time. Owns the words for the
 * network's faults; what an answer means is for the callers.
 */
import { lookup } from "node:dns/promises";
import { connect } from "node:tls";

const TIMEOUT_MS = 8000;
const MAX_BODY = 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** milliseconds on this machine's clock, before and after */
  readonly asked: number;
  readonly answered: number;
}
/** A sentence, and what to do. */
export interface Trouble {
  readonly says: string;
  readonly todo: string;
}
export type Outcome = { readonly answer: Answer } | { readonly trouble: Trouble };

/** GET, without following a redirect. */
export async function get(url: string): Promise<Outcome> {
  const asked = Date.now();
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await response.text()).slice(0, MAX_BODY);
    const { status, headers } = response;
    return { answer: { status, headers, body, asked, answered: Date.now() } };
  } catch (error) {
    return { trouble: troubleOf(codeOf(error), new URL(url)) };
  }
}

/** Does the name lead anywhere? undefined: yes, or there is no name to look up. */
export async function lookUpName({ hostname }: URL): Promise<Trouble | undefined> {
  try {
    await lookup(hostname.replace(/^\[|\]$/g, ""));
    return undefined;
  } catch (error) {
    return troubleOf(codeOf(error), { hostname, host: hostname });
  }
}

/** When the server's TLS certificate ends; undefined when that can't be seen. Whether it is trusted is for `get`. */
export function tlsEnd({ hostname, port }: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: hostname, port: Number(port || 443), servername: hostname, timeout: TIMEOUT_MS },
      () => {
        const end = Date.parse(socket.getPeerCertificate().valid_to ?? "");
        socket.destroy();
        resolve(Number.isNaN(end) ? undefined : Math.floor(end / 1000));
      },
    );
    const giveUp = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once("error", giveUp).once("timeout", giveUp);
  });
}

/** Node hides what happened in the cause of "fetch failed", and for several addresses in its list. */
function codeOf(error: unknown): string {
  const { name, code, cause, errors } = error as {
    name?: string;
    code?: unknown;
    cause?: unknown;
    errors?: unknown[];
  };
  if (name === "TimeoutError") return "ETIMEDOUT";
  if (typeof code === "string") return code;
  if (cause !== undefined) return codeOf(cause);
  return Array.isArray(errors) && errors[0] !== undefined ? codeOf(errors[0]) : "";
}

/** Pure. @param code of Node's error */
export function troubleOf(code: string, { hostname, host }: Pick<URL, "hostname" | "host">): Trouble {
  const tls = "Put a certificate there that public clients trust; on Cloudflare: look at the custom domain.";
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "ENODATA":
      return {
        says: `DNS knows no address for ${hostname}.`,
        todo: "Add the custom domain (or the DNS record), and wait until it is known.",
      };
    case "ECONNREFUSED":
      return { says: `Nothing listens at ${host}.`, todo: "Is it started, and is this the port?" };
    case "CERT_HAS_EXPIRED":
      return { says: `The TLS certificate of ${hostname} has expired.`, todo: tls };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return { says: `The TLS certificate at ${hostname} is for another name.`, todo: tls };
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return { says: `The TLS certificate of ${hostname} comes from nobody that is trusted.`, todo: tls };
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return { says: `${host} does not answer in time.`, todo: "Look for an outage, or a firewall between." };
    default:
      return {
        says: `${host} can't be talked to${code === "" ? "" : ` (${code})`}.`,
        todo: "Is the address right, and is it http or https?",
      };
  }
}

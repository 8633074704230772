/**
 * Addresses that others name (an Authorisation Registry in a registry record, a revocation list in a certificate): may we
 * call them? Against SSRF (CVE-2020-10770): https to a public name, nothing else; http too where what comes back is
 * signed and public anyhow. Pure.
 */
import { isLoopback } from "../protocol/redirect-uri.ts";

/** Names that mean something in one network only (RFC 6761, RFC 6762, RFC 8375, and what is common). */
const PRIVATE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|home|lan|arpa|onion|invalid|alt)$/;
const LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?";
const PUBLIC_NAME = new RegExp(`^(${LABEL}\\.)+[a-z][a-z0-9-]*[a-z0-9]$`);

/**
 * @param allowLoopback http to this machine, for the sandbox
 * @returns origin and path without trailing slash; undefined for what is not to be called
 */
export const parsePublicUrl = (text: string, allowLoopback: boolean): string | undefined =>
  parse(text, ["https:"], allowLoopback)?.href.replace(/\/+$/, "");

/**
 * The same for revocation evidence: https or http, as issuers write it.
 * @returns the whole address; undefined for what is not to be called
 */
export const parseEvidenceUrl = (text: string, allowLoopback: boolean): string | undefined =>
  parse(text, ["https:", "http:"], allowLoopback)?.href;

function parse(text: string, protocols: readonly string[], allowLoopback: boolean): URL | undefined {
  const url = URL.parse(text);
  // Nothing beside origin and path, and the host as it is written: what is read differently elsewhere is no address.
  if (url === null || !/^https?:\/\/[^/?#@\\\s]+(\/[^?#\\\s]*)?$/i.test(text)) return undefined;
  const { protocol, hostname } = url;
  const isPublic = protocols.includes(protocol) && PUBLIC_NAME.test(hostname) && !PRIVATE.test(hostname);
  const isOwn = allowLoopback && protocol === "http:" && isLoopback(hostname);
  return isPublic || isOwn ? url : undefined;
}

/**
 * Where to ask whether a certificate is revoked: which of the addresses that it names are called, how each is asked, and
 * under which name its answer is kept. OCSP comes before lists: its word is newer, and shorter.
 */
import { sha256Hex } from "../protocol/digest.ts";
import type { Result } from "../protocol/result.ts";
import type { EpochSeconds } from "../protocol/time.ts";
import { readCrl } from "../trust/crl.ts";
import { buildOcspRequest, readOcsp } from "../trust/ocsp.ts";
import type { Evidence, Link } from "../trust/revocation.ts";
import { parseEvidenceUrl } from "./public-url.ts";

export interface RevocationSource {
  /** of its answer in KV, and of itself at the gates */
  readonly key: string;
  readonly url: string;
  /** its answer is about other certificates too */
  readonly isShared: boolean;
  request(): Promise<RequestInit>;
  read(answer: Uint8Array<ArrayBuffer>, now: EpochSeconds): Promise<Result<Evidence>>;
}

/** Of each kind: a certificate may name as many as it likes. */
const MAX_SOURCES = 2;

/** @param allowLoopback issuers on this machine, for the sandbox */
export function sourcesOf(link: Link, allowLoopback: boolean): Promise<readonly RevocationSource[]> {
  const { certificate, issuer } = link;
  const usable = (uris: readonly string[]): readonly string[] =>
    [...new Set(uris.flatMap((uri) => parseEvidenceUrl(uri, allowLoopback) ?? []))].slice(0, MAX_SOURCES);
  const ocsp = usable(certificate.ocspUris).map(async (url) => ({
    key: `revocation:ocsp:${issuer.fingerprint}:${certificate.serial}:${await hashOf(url)}`,
    url,
    isShared: false,
    request: async () => ({
      method: "POST",
      headers: { "content-type": "application/ocsp-request", accept: "application/ocsp-response" },
      body: await buildOcspRequest(link),
    }),
    read: (answer: Uint8Array<ArrayBuffer>, now: EpochSeconds) => readOcsp(answer, link, now),
  }));
  const lists = usable(certificate.crlUris).map(async (url) => ({
    key: `revocation:crl:${issuer.fingerprint}:${await hashOf(url)}`,
    url,
    isShared: true,
    request: async () => ({}),
    read: (answer: Uint8Array<ArrayBuffer>) => readCrl(answer, link),
  }));
  return Promise.all([...ocsp, ...lists]);
}

/** Addresses may be longer than KV's keys. */
const hashOf = async (url: string): Promise<string> => (await sha256Hex(url)).slice(0, 32);

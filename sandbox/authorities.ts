/**
 * The sandbox's certification authorities by name, and where each tells what it has revoked: at the registry's port, as
 * its certificates say.
 */
export const AUTHORITIES = ["root", "sub", "issuing"] as const;
export type AuthorityName = (typeof AUTHORITIES)[number];

/** Below this path the registry's Worker answers for them. */
export const AUTHORITY_PATH = "/ca";

export const isAuthority = (name: string): name is AuthorityName => AUTHORITIES.some((it) => it === name);

/** @param origin of the registry */
export const evidencePlaces = (origin: string, authority: AuthorityName) => ({
  crl: `${origin}${AUTHORITY_PATH}/${authority}/crl`,
  ocsp: `${origin}${AUTHORITY_PATH}/${authority}/ocsp`,
});

/** An authority as its Worker is started with it. */
export interface AuthoritySettings {
  readonly name: AuthorityName;
  /** PKCS#8 PEM */
  readonly key: string;
  /** PEM */
  readonly certificate: string;
}

/**
 * Stands in for `@peculiar/x509` and `reflect-metadata` in the Worker (see `[alias]` in wrangler.toml). The WebAuthn
 * library builds certificate paths with them and then fetches from addresses in certificates: we let it do neither, and
 * check paths ourselves. Whoever calls it all the same is refused.
 */
class LeftOut {
  constructor() {
    throw new Error("certificate paths are not the WebAuthn library's affair here");
  }
}

export {
  LeftOut as AuthorityKeyIdentifierExtension,
  LeftOut as CRLDistributionPointsExtension,
  LeftOut as SubjectKeyIdentifierExtension,
  LeftOut as X509Certificate,
  LeftOut as X509ChainBuilder,
  LeftOut as X509Crl,
};

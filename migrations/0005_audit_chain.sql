-- The audit log itself, in chains: one per organisation, '' for the Identity Provider's own. Only adds: what the earlier
-- ones hold stays. What the hashes are over: src/protocol/audit-chain.ts.

CREATE TABLE audit (
  organisation_id TEXT NOT NULL,
  -- from 1, without gaps
  seq INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  entry TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (organisation_id, seq)
) STRICT, WITHOUT ROWID;

-- What each chain had come to, signed. `jwt` says the same as the columns, which are there to be found by.
CREATE TABLE audit_checkpoints (
  organisation_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  jwt TEXT NOT NULL,
  PRIMARY KEY (organisation_id, seq)
) STRICT, WITHOUT ROWID;

-- How far each chain is: so that the clock need not read the log to know. Nothing is proven by it.
CREATE TABLE audit_heads (
  organisation_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  checkpoint_seq INTEGER NOT NULL DEFAULT 0,
  checkpoint_at INTEGER NOT NULL DEFAULT 0,
  exported_seq INTEGER NOT NULL DEFAULT 0,
  removed_seq INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

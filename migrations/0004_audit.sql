-- What has happened and is not yet in the audit log's chain. Only adds: what the earlier ones hold stays.
-- A row is written in the same transaction as the change it tells of, so that neither is there without the other.

CREATE TABLE audit_pending (
  id TEXT PRIMARY KEY,
  -- '' for the Identity Provider's own
  organisation_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  entry TEXT NOT NULL
) STRICT;

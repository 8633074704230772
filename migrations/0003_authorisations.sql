-- What humans may do for an organisation. Only adds: what the earlier ones hold stays.

-- Set: this organisation's Authorisation Registry is asked about the human, and knows them by this name.
ALTER TABLE memberships ADD COLUMN external_subject TEXT;
-- Which of several registries: the one for this data space.
ALTER TABLE memberships ADD COLUMN external_dataspace TEXT;

-- Never deleted: a revoked one stays, with who revoked it and when. `policy_sets` is JSON, validated before it is stored.
CREATE TABLE authorisations (
  id TEXT PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  organisation_id TEXT NOT NULL,
  policy_sets TEXT NOT NULL,
  not_before INTEGER,
  not_on_or_after INTEGER,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'revoked')),
  registered_by TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  revoked_by TEXT,
  revoked_at INTEGER,
  CHECK ((status = 'revoked') = (revoked_at IS NOT NULL)),
  CHECK (not_before IS NULL OR not_on_or_after IS NULL OR not_before < not_on_or_after)
) STRICT;
CREATE INDEX authorisations_of_human ON authorisations (human_id, organisation_id, status);

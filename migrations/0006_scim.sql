-- Provisioning by an organisation's own directory (SCIM 2.0). Only adds: what the earlier ones hold stays.
-- A human has at most one home organisation, whose token may read and change the record.

ALTER TABLE humans ADD COLUMN home_organisation_id TEXT;
-- what the home organisation's directory calls the human
ALTER TABLE humans ADD COLUMN external_id TEXT;
-- A name that the home organisation asked for and somebody else has: what its token reads, and nobody signs in with.
ALTER TABLE humans ADD COLUMN wanted_username TEXT;
ALTER TABLE humans ADD COLUMN wanted_username_key TEXT;
-- JSON: what SCIM knows beyond the columns
ALTER TABLE humans ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE humans ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE humans ADD COLUMN updated_at INTEGER;
-- Set: removed by the home organisation. The row stays, so that its pseudonyms stay nobody else's.
ALTER TABLE humans ADD COLUMN deleted_at INTEGER;

UPDATE humans SET home_organisation_id =
  (SELECT organisation_id FROM memberships WHERE human_id = humans.id ORDER BY position LIMIT 1);
CREATE INDEX humans_of_home ON humans (home_organisation_id, username_key);

-- Humans homed elsewhere, as one organisation wrote them down: all that its token reads of them.
CREATE TABLE guests (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL,
  human_id TEXT NOT NULL REFERENCES humans (id),
  username TEXT NOT NULL,
  username_key TEXT NOT NULL,
  given_name TEXT NOT NULL,
  family_name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT,
  locale TEXT,
  external_id TEXT,
  attributes TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  member INTEGER NOT NULL CHECK (member IN (0, 1)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX guests_of_organisation ON guests (organisation_id, username_key) WHERE deleted_at IS NULL;
CREATE INDEX guests_of_human ON guests (human_id, organisation_id);

-- What a token reads: its organisation's own humans and guests, and no way to tell them apart but `kind`.
CREATE VIEW provisioned_users AS
  SELECT 'home' AS kind, id, id AS human_id, home_organisation_id AS organisation_id,
    coalesce(wanted_username, username) AS username, coalesce(wanted_username_key, username_key) AS username_key,
    given_name, family_name, email, phone, locale, external_id, attributes, status = 'active' AS active,
    EXISTS (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id = home_organisation_id) AS member,
    created_at, coalesce(updated_at, created_at) AS updated_at, version, wanted_username IS NOT NULL AS name_is_taken
  FROM humans WHERE home_organisation_id IS NOT NULL AND deleted_at IS NULL
  UNION ALL
  SELECT 'guest', id, human_id, organisation_id, username, username_key, given_name, family_name, email, phone, locale,
    external_id, attributes, active, member, created_at, updated_at, version, 0
  FROM guests WHERE deleted_at IS NULL;

-- Bearer tokens of organisations' directories. Never deleted: a revoked one stays, with who revoked it and when.
CREATE TABLE scim_tokens (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL,
  organisation_name TEXT NOT NULL,
  -- set: user names that it gives end with this
  username_suffix TEXT,
  hash TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_by TEXT,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;

-- Where sign-ins are to be found that have come to a code; what a grant stands for is in its own object.
CREATE TABLE grants (
  human_id TEXT NOT NULL REFERENCES humans (id),
  -- as the human's membership spells it
  organisation_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (human_id, organisation_id, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_of_organisation ON grants (organisation_id);

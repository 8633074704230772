-- Who administers this, and humans whose time here has ended. Only adds: what the earlier ones hold stays.

-- Given by command only, so that no stolen session makes itself an administrator.
CREATE TABLE human_roles (
  human_id TEXT NOT NULL REFERENCES humans (id),
  role TEXT NOT NULL CHECK (role IN ('administrator')),
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (human_id, role)
) STRICT;

-- The latest deactivation, or password set by an administrator: sessions and grants begun until then are over, even when
-- the human is active again.
ALTER TABLE humans ADD COLUMN ended_at INTEGER;
-- Nothing but the id is left of an erased human, so that pseudonyms and records that name the id still lead nowhere else.
ALTER TABLE humans ADD COLUMN erased_at INTEGER;

CREATE INDEX IF NOT EXISTS memberships_of_organisation ON memberships (organisation_id, human_id);

-- The directory: humans, what they prove themselves with, whom they may represent, and how each SP knows them.
-- Times are integer seconds since 1970. Records and their lives are described in docs/storage.md.

CREATE TABLE humans (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  given_name TEXT NOT NULL,
  family_name TEXT NOT NULL,
  email TEXT NOT NULL,
  email_verified INTEGER NOT NULL DEFAULT 0,
  phone TEXT,
  gender TEXT CHECK (gender IN ('male', 'female')),
  locale TEXT,
  identity_assurance TEXT NOT NULL CHECK (identity_assurance IN ('low', 'substantial', 'high')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE passwords (
  human_id TEXT PRIMARY KEY REFERENCES humans (id),
  hash TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
  human_id TEXT NOT NULL REFERENCES humans (id),
  organisation_id TEXT NOT NULL,
  organisation_name TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (human_id, organisation_id)
) STRICT;

-- Never deleted and never reassigned, so without a reference that could take them along.
CREATE TABLE pseudonyms (
  human_id TEXT NOT NULL,
  party_id TEXT NOT NULL,
  pseudonym TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (human_id, party_id)
) STRICT;

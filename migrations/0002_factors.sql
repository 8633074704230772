-- Factors beyond the password, one-time codes, consents, sessions and recent sign-ins. Only adds: what 0001 holds stays.
-- `level` is the level of assurance that an enrolment was authorised at; a factor never counts for more.

-- Passwords there are were given by an administrator.
ALTER TABLE passwords ADD COLUMN level TEXT NOT NULL DEFAULT 'substantial'
  CHECK (level IN ('low', 'substantial', 'high'));
ALTER TABLE passwords ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1));

-- The organisation with the latest one is offered first.
ALTER TABLE memberships ADD COLUMN chosen_at INTEGER;

-- At most one per human. `last_step` is the latest time step used: a code works once.
CREATE TABLE totp (
  human_id TEXT PRIMARY KEY REFERENCES humans (id),
  seed TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('low', 'substantial', 'high')),
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A used code is a deleted one.
CREATE TABLE recovery_codes (
  human_id TEXT NOT NULL REFERENCES humans (id),
  hash TEXT NOT NULL,
  PRIMARY KEY (human_id, hash)
) STRICT;

CREATE TABLE passkeys (
  credential_id TEXT PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  aaguid TEXT NOT NULL,
  device_bound INTEGER NOT NULL CHECK (device_bound IN (0, 1)),
  hardware INTEGER NOT NULL CHECK (hardware IN (0, 1)),
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  level TEXT NOT NULL CHECK (level IN ('low', 'substantial', 'high')),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  -- A key that is or may be somewhere else is not held by one device.
  CHECK (hardware = 0 OR (device_bound = 1 AND backed_up = 0))
) STRICT;
CREATE INDEX passkeys_of_human ON passkeys (human_id);

CREATE TABLE one_time_codes (
  hash TEXT PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('enrol', 'reset')),
  level TEXT NOT NULL CHECK (level IN ('low', 'substantial', 'high')),
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_codes_of_human ON one_time_codes (human_id, purpose);

-- Scopes sorted, separated by single spaces.
CREATE TABLE consents (
  human_id TEXT NOT NULL REFERENCES humans (id),
  party_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  party_name TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  PRIMARY KEY (human_id, party_id, organisation_id)
) STRICT;

-- Where a human's sessions are to be found; what a session is stands in its own object.
CREATE TABLE sessions (
  object_id TEXT PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_of_human ON sessions (human_id, expires_at);

CREATE TABLE sign_ins (
  id INTEGER PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  party_id TEXT,
  party_name TEXT,
  at INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('low', 'substantial', 'high')),
  amr TEXT NOT NULL
) STRICT;
CREATE INDEX sign_ins_of_human ON sign_ins (human_id, id);

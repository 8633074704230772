-- Authorisations that one administrator proposed, for another to accept. Only adds: what the earlier ones hold stays.

-- Decided ones stay, as a record. An accepted one is the authorisation of the same id.
CREATE TABLE authorisation_proposals (
  id TEXT PRIMARY KEY,
  human_id TEXT NOT NULL REFERENCES humans (id),
  -- as the human's membership spells it
  organisation_id TEXT NOT NULL,
  policy_sets TEXT NOT NULL,
  not_before INTEGER,
  not_on_or_after INTEGER,
  -- ids of administrators
  proposed_by TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_at INTEGER,
  decision TEXT CHECK (decision IN ('accepted', 'declined')),
  CHECK ((decision IS NULL) = (decided_at IS NULL)),
  -- The two-person rule, where nothing gets past it.
  CHECK (decision IS NULL OR decision = 'declined' OR (decided_by <> proposed_by AND decided_by <> human_id))
) STRICT;
CREATE INDEX authorisation_proposals_of_human ON authorisation_proposals (human_id);
CREATE INDEX authorisation_proposals_open ON authorisation_proposals (proposed_at) WHERE decided_at IS NULL;

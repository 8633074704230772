-- What an organisation's directory can't undo or reach. Only adds: what the earlier ones hold stays.

-- Set: deactivated by the operator, so that the home organisation's directory does not make the human active again. Who is
-- inactive from before has none: nobody knows who did it.
ALTER TABLE humans ADD COLUMN suspended_at INTEGER;
-- 1: reads as a member and is none. The name is under the token's own suffix, and belongs to a human homed elsewhere.
ALTER TABLE guests ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1));

DROP VIEW provisioned_users;
CREATE VIEW provisioned_users AS
  SELECT 'home' AS kind, id, id AS human_id, home_organisation_id AS organisation_id,
    coalesce(wanted_username, username) AS username, coalesce(wanted_username_key, username_key) AS username_key,
    given_name, family_name, email, phone, locale, external_id, attributes, status = 'active' AS active,
    EXISTS (SELECT 1 FROM memberships WHERE human_id = humans.id AND organisation_id = home_organisation_id) AS member,
    created_at, coalesce(updated_at, created_at) AS updated_at, version, wanted_username IS NOT NULL AS name_is_taken,
    0 AS is_withheld, suspended_at IS NOT NULL AS is_suspended
  FROM humans WHERE home_organisation_id IS NOT NULL AND deleted_at IS NULL AND erased_at IS NULL
  UNION ALL
  SELECT 'guest', id, human_id, organisation_id, username, username_key, given_name, family_name, email, phone, locale,
    external_id, attributes, active, member, created_at, updated_at, version, 0, withheld, 0
  FROM guests WHERE deleted_at IS NULL;

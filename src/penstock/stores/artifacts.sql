-- Statements about artifacts. Lists of them are built in where.py.

-- name: next_change
-- The number of the next change of an artifact. Only inside of a write transaction.
UPDATE counter SET value = value + 1 WHERE name = 'artifact' RETURNING value

-- name: save_artifact
-- A new artifact. Its version is one more than those of its key that are there.
INSERT INTO artifact (id, change, flow_run, idx, key, kind, description, created, updated,
    content_type, size, content, content_ref, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    coalesce((SELECT max(version) FROM artifact WHERE key = ?), 0) + 1)
ON CONFLICT (id) DO NOTHING

-- name: change_artifact
-- New content of an artifact, or a new description; NULL: as before. Only its own flow run
-- changes it, and only what is kept inline.
UPDATE artifact SET change = ?, updated = ?, description = coalesce(?, description),
    content = coalesce(?, content), size = coalesce(?, size)
WHERE id = ? AND flow_run = ? AND content_ref IS NULL

-- name: artifact_cursor
-- The number of the last change of any artifact.
SELECT value FROM counter WHERE name = 'artifact'

-- name: changed_artifacts
-- The flow runs with artifacts that have changed since.
SELECT DISTINCT flow_run.id
FROM artifact JOIN flow_run ON flow_run.no = artifact.flow_run
WHERE artifact.change > ? ORDER BY flow_run.id

-- name: sweep_artifacts
-- A slice of the artifacts of a flow run.
DELETE FROM artifact WHERE id IN (SELECT id FROM artifact WHERE flow_run = ? LIMIT ?)
RETURNING content_ref

-- name: check_orphan_artifacts
-- Artifacts of flow runs that are not there.
SELECT DISTINCT flow_run FROM artifact
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_artifact_changes
-- Artifacts whose last change has a number that was not given yet.
SELECT id, change FROM artifact
WHERE change > (SELECT value FROM counter WHERE name = 'artifact') LIMIT 20

-- name: check_artifact_versions
-- Artifacts of one key that have the same version.
SELECT key, version FROM artifact WHERE key IS NOT NULL
GROUP BY key, version HAVING count(*) > 1 LIMIT 20

-- What only a server asks: what has changed, and the views people have saved.

-- name: newest_ids
-- How far the store has come.
SELECT
    COALESCE((SELECT MAX(id) FROM event), 0),
    COALESCE((SELECT MAX(id) FROM log), 0)

-- name: find_changes
-- By flow run, what came into the store between two pairs of ids; what changed last first.
SELECT flow_run.id, flow_run.kind, above.id, change.own, change.tasks, change.logs
FROM (
    SELECT
        no, MAX(own) AS own, MAX(tasks) AS tasks, MAX(logs) AS logs, MAX(latest) AS latest
    FROM (
        SELECT
            flow_run AS no,
            MAX(CASE WHEN idx IS NULL THEN 1 ELSE 0 END) AS own,
            MAX(CASE WHEN idx IS NULL THEN 0 ELSE 1 END) AS tasks,
            0 AS logs,
            MAX(id) AS latest
        FROM event
        WHERE id > ? AND id <= ?
        GROUP BY flow_run
        UNION ALL
        SELECT flow_run, 0, 0, 1, 0
        FROM log
        WHERE id > ? AND id <= ?
        GROUP BY flow_run
    ) AS each_kind
    GROUP BY no
) AS change
JOIN flow_run ON flow_run.no = change.no
LEFT JOIN flow_run AS above ON above.no = flow_run.parent_no
ORDER BY change.latest DESC, flow_run.no DESC
LIMIT ?

-- name: find_views
-- All saved views.
SELECT id, name, query, created FROM saved_view ORDER BY name

-- name: save_view
-- Keep a view in the place of the one with its name.
INSERT INTO saved_view (name, query, created) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET query = excluded.query, created = excluded.created
RETURNING id, name, query, created

-- name: delete_view
-- Forget a view.
DELETE FROM saved_view WHERE id = ?

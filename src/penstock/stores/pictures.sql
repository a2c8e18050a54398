-- Statements behind lists and pictures of runs whose text is fixed. Those built from
-- filters are in where.py and where_counts.py.

-- name: newest_event
-- The cursor of whoever has seen everything.
SELECT coalesce(max(id), 0) FROM event

-- name: bars
-- What a picture of a flow run shows of each of its task runs.
SELECT id & 4294967295, task_key, name, NULL, NULL, state_type, state_name, message, attempt,
    created, started, ended, parent_index, upstreams,
    result_ref IS NOT NULL OR length(result) IS NOT NULL
FROM task_run WHERE id >= ? AND id < ? ORDER BY id

-- name: nested_bars
-- The same of the flow runs nested directly in it.
SELECT coalesce(parent_index, 0), flow_key, name, id, flow_name, state_type, state_name, message,
    attempt, created, started, ended, NULL, upstreams, length(result) IS NOT NULL
FROM flow_run WHERE parent_no = ? ORDER BY parent_index, no

-- name: some_bars rows
-- The same of some task runs.
SELECT id & 4294967295, task_key, name, NULL, NULL, state_type, state_name, message, attempt,
    created, started, ended, parent_index, upstreams,
    result_ref IS NOT NULL OR length(result) IS NOT NULL
FROM task_run WHERE id IN (?)

-- name: some_nested_bars rows
-- The same of some nested flow runs.
SELECT coalesce(parent_index, 0), flow_key, name, id, flow_name, state_type, state_name, message,
    attempt, created, started, ended, NULL, upstreams, length(result) IS NOT NULL
FROM flow_run WHERE no IN (?)

-- name: changed_bars
-- Which of its task runs and nested flow runs have changed after a cursor. The plus signs
-- have it read what is new, which is little, instead of all that ever happened to the run.
SELECT event.flow_run, event.idx FROM event
WHERE event.id > ? AND (+event.flow_run = ? AND event.idx IS NOT NULL
    OR +event.flow_run IN (SELECT no FROM flow_run WHERE parent_no = ?) AND event.idx IS NULL)

-- name: attempts rows
-- When attempts at task runs of a flow run began and ended.
SELECT idx, at, kind, state_type FROM event
WHERE flow_run = ? AND kind BETWEEN 3 AND 6 AND idx IN (?)
ORDER BY id

-- name: numbers_of rows
-- What tells whether the counts of the task runs of flow runs can have changed.
SELECT id, no, attempt, ended FROM flow_run WHERE id IN (?)

-- name: flow_versions
-- The versions of a flow, the newest first.
SELECT version, count(*), min(created), max(created) FROM flow_run
WHERE flow_name = ? AND kind = 'flow' GROUP BY version ORDER BY 4 DESC, 1

-- Every statement whose text is fixed, by name, but those about artifacts. Lists are built in
-- where.py.
-- A statement marked "rows" is repeated over its last parenthesis of parameters.

-- name: last_lsn
-- How far the journal of a process has come.
SELECT last_lsn FROM process WHERE incarnation = ?

-- name: next_no
-- The number of the next flow run. Only inside of a write transaction.
-- A number whose rows are still being swept out is not given again.
SELECT max(coalesce((SELECT max(no) FROM flow_run), 0),
    coalesce((SELECT max(no) FROM deleted_flow_run), 0)) + 1

-- name: flow_facts rows
-- What the fold of a batch must know of the flow runs it names.
SELECT id, no, owner, attempt, state_type, started FROM flow_run WHERE id IN (?)

-- name: task_facts rows
-- What the exact fold of a batch must know of the task runs it names.
SELECT id, attempt, state_type FROM task_run WHERE id IN (?)

-- name: save_process
-- Note the writing process, and how far its journal has come.
INSERT INTO process (incarnation, host, pid, process_started, boot, last_lsn, seen)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (incarnation) DO UPDATE SET last_lsn = excluded.last_lsn,
    seen = CASE WHEN excluded.seen > process.seen THEN excluded.seen ELSE process.seen END

-- name: renew
-- Note that a process lives, whether or not it has written.
INSERT INTO process (incarnation, host, pid, process_started, boot, last_lsn, seen)
VALUES (?, ?, ?, ?, ?, -1, ?)
ON CONFLICT (incarnation) DO UPDATE SET
    seen = CASE WHEN excluded.seen > process.seen THEN excluded.seen ELSE process.seen + 1 END

-- name: open_of_owner
-- The flow runs of a process that have not ended.
SELECT id FROM flow_run WHERE owner = ? AND ended IS NULL

-- name: insert_flow_runs rows
-- New flow runs, as the batch that created them leaves them.
INSERT INTO flow_run (no, owner, attempt, state_type, state_name, message, started, ended,
    traceback, result, id, kind, flow_name, flow_key, name, version, tags, parent_no,
    parent_index, upstreams, created, parameters, entrypoint, fingerprint, inputs)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: update_flow_run
-- The state of a flow run of an earlier batch.
UPDATE flow_run SET owner = ?, attempt = ?, state_type = ?, state_name = ?, message = ?,
    started = ?, ended = ?, traceback = ?, result = ?
WHERE no = ?

-- name: insert_task_runs rows
-- New task runs, as the batch that created them leaves them.
INSERT INTO task_run (id, attempt, state_type, state_name, message, started, ended,
    result_ref, traceback, result, task_key, name, created, parent_index, upstreams, tags,
    fingerprint)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: update_task_runs rows
-- States of task runs of earlier batches. `guard` is the first attempt the change
-- begins and must be above those begun; `is_for_open` says that its first event is
-- one that a final run drops. Fewer rows changed than given tells the caller that a
-- run was not as expected.
UPDATE task_run SET
    attempt = coalesce(change.attempt, task_run.attempt),
    state_type = change.state_type,
    state_name = change.state_name,
    message = change.message,
    started = CASE
        WHEN change.reset = 1
            OR task_run.state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')
        THEN change.started
        ELSE coalesce(task_run.started, change.started) END,
    ended = change.ended,
    result_ref = change.result_ref,
    traceback = change.traceback,
    result = change.result,
    fingerprint = coalesce(change.fingerprint, task_run.fingerprint)
FROM (
    -- In here, because both databases know it and Python's sqlite3 counts the rows of
    -- a statement only when it begins with UPDATE.
    WITH given (id, attempt, state_type, state_name, message, started, ended, result_ref,
        traceback, result, guard, is_for_open, reset, fingerprint) AS (
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))
    SELECT * FROM given) AS change
WHERE task_run.id = change.id
    AND (change.guard IS NULL OR change.guard > task_run.attempt)
    AND (change.is_for_open = 0
        OR task_run.state_type NOT IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'))

-- name: insert_events rows
-- The history.
INSERT INTO event (flow_run, idx, at, kind, state_type, state_name, body)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: insert_logs rows
-- Log lines.
INSERT INTO log (flow_run, idx, at, level, logger, message)
VALUES (?, ?, ?, ?, ?, ?)

-- name: save_cache_entries rows
-- Values for reuse; under one key the last one counts.
INSERT INTO cache_entry (key, task_key, created, expires, flow_run, idx, result_ref, result)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET task_key = excluded.task_key, created = excluded.created,
    expires = excluded.expires, flow_run = excluded.flow_run, idx = excluded.idx,
    result_ref = excluded.result_ref, result = excluded.result

-- name: save_codes rows
-- What the code of tasks consists of. It is the same under the same digest.
INSERT INTO code (digest, task_key, seen, parts)
VALUES (?, ?, ?, ?)
ON CONFLICT (digest, task_key) DO NOTHING

-- name: get_code
-- What the code of a task consisted of.
SELECT parts FROM code WHERE digest = ? AND task_key = ?

-- name: save_pauses rows
-- Pauses that were asked for. One asked for again keeps its answer.
INSERT INTO pause (flow_run, number, key, asked, until, form)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (flow_run, number) DO UPDATE SET key = excluded.key, asked = excluded.asked,
    until = excluded.until, form = excluded.form

-- name: pauses
-- The pauses of a flow run, in order.
SELECT number, key, asked, until, form, answered, answer FROM pause
WHERE flow_run = (SELECT no FROM flow_run WHERE id = ?) ORDER BY number

-- name: answer_pause
-- Answer a pause that waits.
UPDATE pause SET answered = ?, answer = ?
WHERE flow_run = (SELECT no FROM flow_run WHERE id = ?) AND number = ? AND answered IS NULL

-- name: save_transactions rows
-- Transactions, as the batch leaves them. Without data, it stays what it was.
INSERT INTO flow_transaction (flow_run, number, parent, key, opened, state, data)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (flow_run, number) DO UPDATE SET state = excluded.state,
    data = coalesce(excluded.data, flow_transaction.data)

-- name: save_members rows
-- Task runs that have joined transactions.
INSERT INTO transaction_member (flow_run, position, number, ran_in, idx, attempt, task_key,
    cache_key, done)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (flow_run, position) DO NOTHING

-- name: member_done
-- The hooks of a member were called.
UPDATE transaction_member SET done = 1 WHERE flow_run = ? AND position = ?

-- name: transactions
-- The transactions of a flow run, in order.
SELECT number, parent, key, opened, state, data FROM flow_transaction
WHERE flow_run = (SELECT no FROM flow_run WHERE id = ?) ORDER BY number

-- name: transaction_members
-- What has joined them, in order.
SELECT position, number, flow_run.id, idx, transaction_member.attempt, task_key, cache_key, done
FROM transaction_member JOIN flow_run ON flow_run.no = transaction_member.ran_in
WHERE transaction_member.flow_run = (SELECT no FROM flow_run WHERE id = ?) ORDER BY position

-- name: is_key_committed
-- Whether a transaction with this key has committed.
SELECT EXISTS (SELECT 1 FROM flow_transaction WHERE key = ? AND state = 'COMMITTED')

-- name: rolled_back
-- The calls of a flow run whose work was undone: its own task runs, and nested flow runs
-- with task runs in which a transaction from outside of them was rolled back.
WITH RECURSIVE nest (no, call) AS (
    SELECT no, CAST(NULL AS BIGINT) FROM flow_run WHERE id = ?
    UNION ALL
    SELECT flow_run.no, coalesce(nest.call, flow_run.parent_index)
    FROM nest JOIN flow_run ON flow_run.parent_no = nest.no)
SELECT DISTINCT coalesce(nest.call, member.idx)
FROM nest
JOIN transaction_member AS member ON member.ran_in = nest.no
JOIN flow_transaction ON flow_transaction.flow_run = member.flow_run
    AND flow_transaction.number = member.number
JOIN task_run ON task_run.id = member.ran_in * 4294967296 + member.idx
WHERE flow_transaction.state IN ('ROLLING_BACK', 'ROLLED_BACK')
    AND task_run.attempt = member.attempt
    AND (nest.call IS NULL
        OR member.flow_run NOT IN (SELECT no FROM nest WHERE call IS NOT NULL))
ORDER BY 1

-- name: send_command
-- Ask something of the current attempt of a flow run that has not ended. Once.
INSERT INTO command (flow_run, kind, attempt, at, sender)
SELECT no, ?, attempt, ?, ? FROM flow_run WHERE id = ? AND ended IS NULL
ON CONFLICT (flow_run, attempt, kind) DO NOTHING

-- name: commands
-- What is asked of the open flow runs of a process, from a cursor on.
SELECT command.id, flow_run.id, command.kind, command.attempt, command.at, command.sender
FROM command JOIN flow_run ON flow_run.no = command.flow_run
WHERE command.id > ? AND flow_run.owner = ? AND flow_run.ended IS NULL
    AND command.attempt = flow_run.attempt
ORDER BY command.id

-- name: get_cache_entry
-- The value under a key, unless it has expired.
SELECT cache_entry.key, task_key, cache_entry.created, expires, flow_run.id, idx,
    cache_entry.result, result_ref
FROM cache_entry LEFT JOIN flow_run ON flow_run.no = cache_entry.flow_run
WHERE cache_entry.key = ? AND (expires IS NULL OR expires > ?)

-- name: flow_run_no
-- The number of a flow run.
SELECT no FROM flow_run WHERE id = ?

-- name: flow_run_by_name
-- Which flow runs have this name. Two are enough to know that it is not unique.
SELECT id FROM flow_run WHERE name = ? ORDER BY id DESC LIMIT 5

-- name: flow_run_by_prefix
-- Which flow runs have an id that begins so.
SELECT id FROM flow_run WHERE id >= ? AND id < ? ORDER BY id LIMIT 5

-- name: count_task_runs
-- How many task runs of a flow run are in each state.
SELECT state_type, state_name, count(*) FROM task_run WHERE id >= ? AND id < ?
GROUP BY state_type, state_name

-- name: loggers
-- The loggers that wrote in a flow run.
SELECT DISTINCT logger FROM log WHERE flow_run = ?

-- name: count_some_logs
-- How many lines a flow run and those nested in it have, up to a number.
WITH RECURSIVE family (no) AS (
    SELECT CAST(? AS BIGINT)
    UNION
    SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
SELECT count(*) FROM (
    SELECT 1 AS one FROM log WHERE flow_run IN (SELECT no FROM family) LIMIT ?) AS found

-- name: count_logs_between
-- How many lines with ids in a range a flow run and those nested in it have.
WITH RECURSIVE family (no) AS (
    SELECT CAST(? AS BIGINT)
    UNION
    SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
SELECT count(*) FROM log
WHERE flow_run IN (SELECT no FROM family) AND id > ? AND id <= ?

-- name: log_span
-- The first line of a flow run and those nested in it, and the last.
WITH RECURSIVE family (no) AS (
    SELECT CAST(? AS BIGINT)
    UNION
    SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
SELECT min((SELECT min(id) FROM log WHERE flow_run = family.no)),
    max((SELECT max(id) FROM log WHERE flow_run = family.no))
FROM family

-- name: flow_run_history
-- What happened to the flow run itself.
SELECT id, idx, at, kind, state_type, state_name, body FROM event
WHERE flow_run = ? AND idx IS NULL ORDER BY id

-- name: task_run_history
-- What happened to one of its task runs.
SELECT id, idx, at, kind, state_type, state_name, body FROM event
WHERE flow_run = ? AND idx = ? ORDER BY id

-- name: read_events
-- The history of all runs from a cursor on.
SELECT event.id, flow_run.id, idx, at, event.kind, event.state_type, event.state_name, body
FROM event JOIN flow_run ON flow_run.no = event.flow_run
WHERE event.id > ? ORDER BY event.id LIMIT ?

-- name: unfinished_owners
-- Processes that own a flow run which has not ended.
SELECT incarnation, host, pid, process_started, boot, last_lsn, seen FROM process
WHERE incarnation IN (SELECT owner FROM flow_run
    WHERE state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'))
ORDER BY incarnation

-- name: family
-- The numbers of a flow run and of all that are nested in it.
WITH RECURSIVE family (no) AS (
    SELECT CAST(? AS BIGINT)
    UNION
    SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
SELECT no FROM family

-- name: open_in_family
-- A flow run of a family which has not ended.
WITH RECURSIVE family (no) AS (
    SELECT CAST(? AS BIGINT)
    UNION
    SELECT flow_run.no FROM flow_run JOIN family ON flow_run.parent_no = family.no)
SELECT flow_run.id, flow_run.name, flow_run.state_type, flow_run.state_name
FROM family JOIN flow_run ON flow_run.no = family.no
WHERE flow_run.ended IS NULL ORDER BY flow_run.no LIMIT 1

-- name: old_flow_runs
-- The flow runs that ended longest ago, with none open that is nested in them. Nested
-- ones go with the run they are nested in.
SELECT no FROM flow_run
WHERE ended < ? AND parent_no IS NULL
    AND NOT EXISTS (SELECT 1 FROM flow_run AS nested
        WHERE nested.parent_no = flow_run.no AND nested.ended IS NULL)
ORDER BY ended LIMIT ?

-- name: note_deleted rows
-- Remember what has to be swept out.
INSERT INTO deleted_flow_run (no) SELECT no FROM flow_run WHERE no IN (?)

-- name: delete_flow_runs rows
-- Make flow runs disappear.
DELETE FROM flow_run WHERE no IN (?)

-- name: deleted_flow_run
-- One whose rows are to be swept out.
SELECT no FROM deleted_flow_run ORDER BY no LIMIT 1

-- name: sweep_task_runs
-- A slice of its task runs.
DELETE FROM task_run WHERE id IN (
    SELECT id FROM task_run WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)
RETURNING result_ref

-- name: sweep_logs
-- A slice of its log lines.
DELETE FROM log WHERE id IN (SELECT id FROM log WHERE flow_run = ? LIMIT ?)
RETURNING id, message

-- name: sweep_events
-- A slice of its history.
DELETE FROM event WHERE id IN (SELECT id FROM event WHERE flow_run = ? LIMIT ?)

-- name: sweep_cache_entries
-- A slice of its cache entries.
DELETE FROM cache_entry WHERE key IN (
    SELECT key FROM cache_entry WHERE flow_run = ? LIMIT ?)
RETURNING result_ref

-- name: sweep_commands
-- What was asked of it.
DELETE FROM command WHERE flow_run = ?

-- name: sweep_pauses
-- Its pauses.
DELETE FROM pause WHERE flow_run = ?

-- name: sweep_transactions
-- Its transactions.
DELETE FROM flow_transaction WHERE flow_run = ?

-- name: sweep_members
-- A slice of what has joined transactions.
DELETE FROM transaction_member WHERE (flow_run, position) IN (
    SELECT flow_run, position FROM transaction_member WHERE flow_run = ? OR ran_in = ? LIMIT ?)

-- name: swept
-- Nothing is left of it.
DELETE FROM deleted_flow_run WHERE no = ?

-- name: expired_cache_entries
-- A slice of the cache entries that have expired.
DELETE FROM cache_entry WHERE key IN (
    SELECT key FROM cache_entry WHERE expires <= ? LIMIT ?)
RETURNING result_ref

-- name: old_processes
-- Processes long gone that no flow run names any more.
DELETE FROM process
WHERE seen < ? AND NOT EXISTS (SELECT 1 FROM flow_run WHERE owner = process.incarnation)

-- name: is_result_ref_used
-- Whether any row still names a stored result.
SELECT EXISTS (SELECT 1 FROM task_run WHERE result_ref = ?)
    OR EXISTS (SELECT 1 FROM cache_entry WHERE result_ref = ?)

-- name: count_rows
-- How many rows of each kind there are, and when the oldest flow run was made.
SELECT (SELECT count(*) FROM flow_run), (SELECT count(*) FROM task_run),
    (SELECT count(*) FROM log), (SELECT count(*) FROM event),
    (SELECT count(*) FROM cache_entry), (SELECT min(created) FROM flow_run)

-- name: check_open_tasks
-- Task runs still open although their flow run has ended.
SELECT flow_run.id, task_run.id & 4294967295 FROM task_run
JOIN flow_run ON flow_run.no = task_run.id >> 32
WHERE task_run.state_type <> 'COMPLETED' AND task_run.ended IS NULL
    AND flow_run.ended IS NOT NULL
LIMIT 20

-- name: check_orphan_task_runs
-- Task runs whose flow run is not there.
SELECT id FROM task_run
WHERE id >> 32 NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_orphan_logs
-- Log lines whose flow run is not there.
SELECT DISTINCT flow_run FROM log
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_orphan_events
-- History of flow runs that are not there.
SELECT DISTINCT flow_run FROM event
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_owners
-- Flow runs whose owner is not there.
SELECT id, owner FROM flow_run
WHERE owner NOT IN (SELECT incarnation FROM process) LIMIT 20

-- name: check_parents
-- Nested flow runs whose parent is not there.
SELECT id, parent_no FROM flow_run
WHERE parent_no IS NOT NULL AND parent_no NOT IN (SELECT no FROM flow_run) LIMIT 20

-- name: check_flow_states
-- Flow runs whose state is not that of the last entry in their history.
SELECT flow_run.id, flow_run.state_type, event.state_type
FROM flow_run JOIN event ON event.id = (
    SELECT max(id) FROM event WHERE flow_run = flow_run.no AND idx IS NULL)
WHERE event.state_type <> flow_run.state_type LIMIT 20

-- name: check_task_states
-- Task runs whose state is not that of the last entry in their history.
SELECT task_run.id, task_run.state_type, event.state_type
FROM (SELECT flow_run, idx, max(id) AS last FROM event
    WHERE idx IS NOT NULL GROUP BY flow_run, idx) AS newest
JOIN event ON event.id = newest.last
JOIN task_run ON task_run.id = newest.flow_run * 4294967296 + newest.idx
WHERE event.state_type <> task_run.state_type LIMIT 20

-- name: check_histories
-- The histories of runs that were tried again, or went on after an end. The others
-- have nothing that could be wrong.
WITH suspect (flow_run, idx) AS (
    SELECT flow_run, idx FROM event
    GROUP BY flow_run, idx
    HAVING sum(CASE WHEN kind IN (2, 4) AND body LIKE '%"attempt": %' THEN 1 ELSE 0 END) > 0
        OR sum(CASE WHEN kind = 4 OR kind = 3 AND state_type = 'RUNNING' THEN 1 ELSE 0 END) > 1
        OR min(CASE WHEN state_type IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED')
            THEN id END) < max(id))
SELECT entry.id, flow_run.id, entry.idx, at, entry.kind, entry.state_type, entry.state_name, body
FROM (
    SELECT event.* FROM suspect
    JOIN event ON event.flow_run = suspect.flow_run AND event.idx = suspect.idx
    UNION ALL
    SELECT event.* FROM suspect
    JOIN event ON event.flow_run = suspect.flow_run AND event.idx IS NULL
    WHERE suspect.idx IS NULL) AS entry
JOIN flow_run ON flow_run.no = entry.flow_run
ORDER BY entry.flow_run, entry.idx, entry.id

-- name: check_orphan_commands
-- Requests to flow runs that are not there.
SELECT DISTINCT flow_run FROM command
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_early_commands
-- Requests to an attempt that has not begun.
SELECT flow_run.id, command.kind, command.attempt, flow_run.attempt
FROM command JOIN flow_run ON flow_run.no = command.flow_run
WHERE command.attempt > flow_run.attempt LIMIT 20

-- name: check_orphan_pauses
-- Pauses of flow runs that are not there.
SELECT DISTINCT flow_run FROM pause
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_orphan_cache
-- Values for reuse that came out of flow runs that are not there.
SELECT DISTINCT flow_run FROM cache_entry
WHERE flow_run NOT IN (SELECT no FROM flow_run UNION ALL SELECT no FROM deleted_flow_run)
LIMIT 20

-- name: check_codes
-- What the code of tasks consisted of: a row for each version of each.
SELECT task_key, parts FROM code ORDER BY task_key, digest

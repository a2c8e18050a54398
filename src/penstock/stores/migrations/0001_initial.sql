-- since: 0.1.0
-- Everything a store keeps. Written once for every database: words in @...@ are
-- the few types that differ, and each dialect says what it calls them.
-- Instants are whole microseconds since the epoch; lists and objects are JSON text.
-- A statement ends with a semicolon and an empty line.
-- Wide values stand last in each table, so that a list need not read past them.

CREATE TABLE migration (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    since TEXT NOT NULL  -- the first Penstock that knows it: named to older ones
);

-- One row per process that has written. last_lsn is what makes writing idempotent.
CREATE TABLE process (
    incarnation TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    process_started DOUBLE PRECISION NOT NULL,
    boot TEXT NOT NULL,
    last_lsn BIGINT NOT NULL,
    seen BIGINT NOT NULL  -- when its last event happened
);

CREATE INDEX process_by_seen ON process (seen);

-- `no` is short and stands for `id` everywhere else.
CREATE TABLE flow_run (
    no @ROWID@,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('flow', 'session')),
    flow_name TEXT NOT NULL,
    flow_key TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    tags TEXT,
    parent_no BIGINT,
    parent_index BIGINT,
    upstreams TEXT,
    owner TEXT NOT NULL,
    attempt BIGINT NOT NULL CHECK (attempt >= 0),  -- 0: not begun yet
    state_type TEXT NOT NULL,
    state_name TEXT,  -- NULL: the type's own
    message TEXT,
    created BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    parameters TEXT,
    traceback TEXT,
    result @BYTES@,
    -- Which states there are, and that the final ones have an end. A CASE with the most
    -- frequent first: an IN of all of them costs a microsecond a row.
    CHECK (CASE state_type
        WHEN 'COMPLETED' THEN ended IS NOT NULL
        WHEN 'RUNNING' THEN ended IS NULL
        WHEN 'PENDING' THEN ended IS NULL
        WHEN 'FAILED' THEN ended IS NOT NULL
        WHEN 'SCHEDULED' THEN ended IS NULL
        WHEN 'CRASHED' THEN ended IS NOT NULL
        WHEN 'CANCELLED' THEN ended IS NOT NULL
        WHEN 'CANCELLING' THEN ended IS NULL
        WHEN 'PAUSED' THEN ended IS NULL
        ELSE FALSE END)
);

CREATE INDEX flow_run_by_kind ON flow_run (kind, id);

CREATE INDEX flow_run_by_flow ON flow_run (flow_name, id);

CREATE INDEX flow_run_by_state ON flow_run (state_type, id);

CREATE INDEX flow_run_by_name ON flow_run (name);

CREATE INDEX flow_run_by_parent ON flow_run (parent_no) WHERE parent_no IS NOT NULL;

CREATE INDEX flow_run_by_owner ON flow_run (owner, id);

CREATE INDEX flow_run_by_end ON flow_run (ended) WHERE ended IS NOT NULL;

-- id = flow_run.no * 2^32 + index: the key itself sorts by flow run and call, so
-- no second index is needed.
CREATE TABLE task_run (
    id @ROWID@,
    task_key TEXT NOT NULL,
    name TEXT NOT NULL,
    attempt BIGINT NOT NULL CHECK (attempt >= 0),  -- 0: not begun yet
    state_type TEXT NOT NULL,
    state_name TEXT,  -- NULL: the type's own
    message TEXT,
    created BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    parent_index BIGINT,
    upstreams TEXT,
    tags TEXT,
    fingerprint @BYTES@,
    result_ref TEXT,
    traceback TEXT,
    result @BYTES@,
    -- Which states there are, and that the final ones have an end. A CASE with the most
    -- frequent first: an IN of all of them costs a microsecond a row.
    CHECK (CASE state_type
        WHEN 'COMPLETED' THEN ended IS NOT NULL
        WHEN 'RUNNING' THEN ended IS NULL
        WHEN 'PENDING' THEN ended IS NULL
        WHEN 'FAILED' THEN ended IS NOT NULL
        WHEN 'SCHEDULED' THEN ended IS NULL
        WHEN 'CRASHED' THEN ended IS NOT NULL
        WHEN 'CANCELLED' THEN ended IS NOT NULL
        WHEN 'CANCELLING' THEN ended IS NULL
        WHEN 'PAUSED' THEN ended IS NULL
        ELSE FALSE END)
);

-- Few task runs are anything but Completed, and those are what people look for.
-- A run that is created and completed within a batch never enters it.
CREATE INDEX task_run_not_completed ON task_run (state_type, id) WHERE state_type <> 'COMPLETED';

CREATE INDEX task_run_by_result_ref ON task_run (result_ref) WHERE result_ref IS NOT NULL;

CREATE TABLE log (
    id @SERIAL@,
    flow_run BIGINT NOT NULL,
    idx BIGINT,  -- of the task run; NULL: the flow run's own
    at BIGINT NOT NULL,
    level BIGINT NOT NULL,
    logger TEXT NOT NULL,
    message TEXT NOT NULL
);

CREATE INDEX log_by_flow_run ON log (flow_run);

-- The history of states. Its ids only grow, and none is given twice, so they
-- serve as the cursor of whoever follows.
CREATE TABLE event (
    id @SERIAL@,
    flow_run BIGINT NOT NULL,
    idx BIGINT,  -- of the task run; NULL: the flow run's own
    at BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    state_type TEXT NOT NULL,
    state_name TEXT,
    body TEXT
);

CREATE INDEX event_by_run ON event (flow_run, idx);

CREATE TABLE cache_entry (
    key TEXT PRIMARY KEY,
    task_key TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    flow_run BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    result_ref TEXT,
    result @BYTES@
);

CREATE INDEX cache_entry_by_flow_run ON cache_entry (flow_run);

CREATE INDEX cache_entry_by_result_ref ON cache_entry (result_ref) WHERE result_ref IS NOT NULL;

CREATE INDEX cache_entry_by_expiry ON cache_entry (expires) WHERE expires IS NOT NULL;

-- Flow runs that are deleted, while rows of theirs are still being swept out. A flow run
-- disappears at once, and what it leaves is taken away in slices.
CREATE TABLE deleted_flow_run (
    no BIGINT PRIMARY KEY
);

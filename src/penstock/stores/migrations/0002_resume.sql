-- since: 0.1.0
-- What going on with a run needs: where its code is and what it was called with, what
-- was asked of it from outside, and what its code consisted of.

-- JSON object: file or module, flow, folder, arguments of the command line.
ALTER TABLE flow_run ADD COLUMN entrypoint TEXT;

-- Of a nested run: 16 bytes of its inputs, then 8 of its code.
ALTER TABLE flow_run ADD COLUMN fingerprint @BYTES@;

-- What it was called with, serialised: (args, kwargs).
ALTER TABLE flow_run ADD COLUMN inputs @BYTES@;

-- What somebody other than the owner wants of a run. The owner looks for it.
CREATE TABLE command (
    id @SERIAL@,
    flow_run BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cancel')),
    attempt BIGINT NOT NULL,  -- which it is meant for
    at BIGINT NOT NULL,
    sender TEXT NOT NULL,
    UNIQUE (flow_run, attempt, kind)
);

-- The times a run has waited for a person, and what they entered (JSON).
CREATE TABLE pause (
    flow_run BIGINT NOT NULL,
    number BIGINT NOT NULL,  -- counts the pauses of the run from 0
    key TEXT,
    asked BIGINT NOT NULL,
    until BIGINT,
    answered BIGINT,
    form TEXT,
    answer TEXT,
    PRIMARY KEY (flow_run, number),
    CHECK (answered IS NOT NULL OR answer IS NULL)
);

-- What the code of tasks consisted of. `digest` is the end of the fingerprints of the
-- task runs that ran it.
CREATE TABLE code (
    digest @BYTES@ NOT NULL,
    task_key TEXT NOT NULL,
    seen BIGINT NOT NULL,
    parts TEXT NOT NULL,  -- JSON: [label, digest] of each part
    PRIMARY KEY (digest, task_key)
);

-- Transactions of flow runs, to roll back the open ones when their process has died.
CREATE TABLE flow_transaction (
    flow_run BIGINT NOT NULL,
    number BIGINT NOT NULL,  -- counts the transactions of the run from 0
    parent BIGINT,  -- number of the one around it
    key TEXT,
    opened BIGINT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('OPEN', 'COMMITTING', 'COMMITTED', 'ROLLING_BACK', 'ROLLED_BACK')),
    data @BYTES@,  -- values by name, serialised
    PRIMARY KEY (flow_run, number)
);

CREATE INDEX flow_transaction_by_key ON flow_transaction (key) WHERE key IS NOT NULL;

-- The task runs in them, in the order in which they completed.
CREATE TABLE transaction_member (
    flow_run BIGINT NOT NULL,
    position BIGINT NOT NULL,
    number BIGINT NOT NULL,  -- of the transaction
    ran_in BIGINT NOT NULL,  -- the flow run itself, or one nested in it
    idx BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    task_key TEXT NOT NULL,
    cache_key TEXT,
    done BIGINT NOT NULL,  -- 1: none of its hooks is left to call
    PRIMARY KEY (flow_run, position)
);

CREATE INDEX transaction_member_by_run ON transaction_member (ran_in);

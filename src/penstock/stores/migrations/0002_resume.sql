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

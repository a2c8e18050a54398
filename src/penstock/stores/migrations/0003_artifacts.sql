-- since: 0.1.0
-- What runs leave for people to look at.

-- Numbers that only grow. Taken inside of a write transaction, so their order is that of
-- the commits, and none is given twice.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('artifact', 0);

CREATE TABLE artifact (
    id TEXT PRIMARY KEY,
    change BIGINT NOT NULL,  -- number of its last change: the cursor of whoever follows
    flow_run BIGINT NOT NULL,
    idx BIGINT,  -- of the task run; NULL: the flow run's own
    key TEXT,
    version BIGINT NOT NULL,  -- counts the artifacts of its key, from 1
    kind TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    description TEXT,
    content_ref TEXT,
    content @BYTES@,
    CHECK (content IS NULL OR content_ref IS NULL)
);

CREATE UNIQUE INDEX artifact_by_change ON artifact (change);

CREATE INDEX artifact_by_key ON artifact (key, version) WHERE key IS NOT NULL;

CREATE INDEX artifact_by_flow_run ON artifact (flow_run, idx);

-- since: 0.1.0
-- What people look for again and again.

CREATE TABLE saved_view (
    id @SERIAL@,
    name TEXT NOT NULL UNIQUE,
    query TEXT NOT NULL,  -- of the dashboard's address
    created BIGINT NOT NULL
);

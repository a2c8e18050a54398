-- The statements of the index of log lines, which SQLite alone has.

-- name: line_index_is_there
-- Whether somebody has made it.
SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'log_text_reach')

-- name: make_line_index
-- Without texts, positions and lengths: they would make it three times as large.
CREATE VIRTUAL TABLE IF NOT EXISTS log_text USING fts5 (
    message, tokenize = 'trigram', content = '', detail = none, columnsize = 0)

-- name: make_line_index_reach
-- One row: the last line in it.
CREATE TABLE IF NOT EXISTS log_text_reach (
    one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL)

-- name: first_line_index_reach
-- No line is in it yet.
INSERT INTO log_text_reach (one, id) VALUES (1, 0) ON CONFLICT (one) DO NOTHING

-- name: set_line_index_option
-- How it keeps itself.
INSERT INTO log_text (log_text, rank) VALUES (?, ?)

-- name: line_index_reach
-- The last line in it.
SELECT id FROM log_text_reach

-- name: set_line_index_reach
-- It has come further.
UPDATE log_text_reach SET id = ?

-- name: count_in_line_index
-- How many lines it finds, up to a number.
SELECT count(*) FROM (
    SELECT rowid FROM log_text WHERE log_text MATCH ? AND rowid > ? AND rowid <= ? LIMIT ?)

-- name: line_sizes
-- The lines that come next, and how long they are.
SELECT id, length(message) FROM log WHERE id > ? ORDER BY id LIMIT ?

-- name: extend_line_index
-- Take lines in.
INSERT INTO log_text (rowid, message)
SELECT id, message FROM log WHERE id > ? AND id <= ? ORDER BY id

-- name: forget_in_line_index
-- Take a line out. FTS5 must be told what it contained.
INSERT INTO log_text (log_text, rowid, message) VALUES ('delete', ?, ?)

-- name: merge_line_index
-- Join small parts to larger ones, writing some pages.
INSERT INTO log_text (log_text, rank) VALUES ('merge', ?)

-- One row of counters. `clean`: the last run closed the journal.
CREATE TABLE meta (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    boots   INTEGER NOT NULL,
    session INTEGER NOT NULL,
    clean   INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 0, 0, 1);

-- Event streams, the last row being the present one. An event's id is the base of its stream plus its seq.
CREATE TABLE stream (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    base   INTEGER NOT NULL,
    acked  INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

-- What was decided. `body`: the whole fact as JSON, `kind`: the name of its class, `at`: wall milliseconds.
CREATE TABLE fact (
    id   INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- What the WMS is told. `body`: the message, byte for byte.
CREATE TABLE event (
    id   INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Every key has its newest row only, so ids are in order of age whatever the clock did. `event`: the id of its answer.
CREATE TABLE receipt (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    digest   TEXT NOT NULL,
    revision INTEGER NOT NULL,
    ended    TEXT,
    event    INTEGER,
    at       INTEGER NOT NULL
) STRICT;

-- The last durable key event of each module.
CREATE TABLE cursor (
    module TEXT PRIMARY KEY,
    boot   INTEGER NOT NULL,
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The state as it was after a fact.
CREATE TABLE snapshot (
    fact_id INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;

-- For people with a database browser.
CREATE VIEW outbox AS
SELECT s.name AS stream, e.id - s.base AS seq, e.id - s.base <= s.acked AS acked,
       datetime(e.at / 1000, 'unixepoch') AS utc, CAST(e.body AS TEXT) AS body
FROM event e JOIN stream s ON s.number = (SELECT max(number) FROM stream WHERE base < e.id);

-- For embeddings. Stays when this is rolled back: others may use it.
CREATE EXTENSION IF NOT EXISTS vector SCHEMA public;

-- Where each follower stands. `epoch` counts its takers: only the latest may move it.
CREATE TABLE position (
    follower text PRIMARY KEY,
    context  text NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    epoch    bigint NOT NULL DEFAULT 0,
    digest   bigint NOT NULL DEFAULT 0, -- of the rows written so far, while a read model is built
    moved_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- Which process works a follower, and until when that is beyond doubt.
CREATE TABLE lease (
    follower   text PRIMARY KEY,
    holder     text NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Followers that stopped at a fact which goes on failing. They go on once it is retried with success, or skipped.
CREATE TABLE fault (
    follower text PRIMARY KEY,
    context  text NOT NULL,
    position bigint NOT NULL,
    event_id uuid,
    tag      text,
    error    text NOT NULL,
    since    timestamptz NOT NULL DEFAULT now()
);

-- Who told a follower to leave a fact out, and why.
CREATE TABLE skip (
    follower   text NOT NULL,
    position   bigint NOT NULL,
    context    text NOT NULL,
    event_id   uuid,
    tag        text,
    error      text NOT NULL,
    actor      text NOT NULL,
    reason     text NOT NULL,
    skipped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (follower, position)
);

-- Which version of a read model its view shows.
CREATE TABLE served (
    projection text PRIMARY KEY,
    version    int NOT NULL,
    since      timestamptz NOT NULL DEFAULT now()
);

-- Moves a follower, as part of the transaction that holds the effect: fails where another took it or it stands elsewhere.
CREATE FUNCTION move(_follower text, _epoch bigint, _after bigint, _position bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE read.position SET position = _position, moved_at = clock_timestamp()
    WHERE follower = _follower AND epoch = _epoch AND position = _after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'follower % was taken over', _follower USING ERRCODE = 'SL001';
    END IF;
END $$;

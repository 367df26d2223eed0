COMMENT ON SCHEMA sandbox_gateway IS 'the books of the sandbox payment gateway, which is no part of the shop';

-- Each sum that was asked for: held, closed or taken, and what was refunded.
CREATE TABLE entries (
    id    text PRIMARY KEY,
    entry jsonb NOT NULL
);

-- What was ordered under each key, and what was answered.
CREATE TABLE calls (
    key            text PRIMARY KEY,
    arrivals       int NOT NULL DEFAULT 0,
    ordered        jsonb,
    answer         jsonb,
    carried_out_at timestamptz
);

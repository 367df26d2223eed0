-- Gives an account what Storeline needs in the schema of one context, and nothing besides:
--
--     createuser --pwprompt storeline_payment
--     psql "$DATABASE_URL" --set=ON_ERROR_STOP=1 --set=context=payment --set=account=storeline_payment -f scripts/account.sql
--
-- Then set STORELINE_PAYMENT_DATABASE_URL to a URL with this account. Events can be read and added, and neither changed
-- nor removed: the log is an audit log even for whoever has stolen the account. Migrations need the schema's owner, and
-- come first. For payments the account may also write in the books of the sandbox gateway, where there are any.

GRANT USAGE ON SCHEMA :"context" TO :"account";
GRANT SELECT, INSERT ON :"context".events TO :"account";
GRANT USAGE ON SEQUENCE :"context".events_notification_id_seq TO :"account";
GRANT SELECT, INSERT, UPDATE, DELETE ON :"context".snapshots TO :"account";
GRANT SELECT, INSERT, DELETE ON :"context".commands TO :"account";
GRANT SELECT, INSERT, UPDATE ON :"context".tracking TO :"account";
GRANT SELECT ON :"context".log, :"context".schema_migration TO :"account";

SELECT :'context' = 'payment' AND to_regnamespace('sandbox_gateway') IS NOT NULL AS sandbox \gset
\if :sandbox
    GRANT USAGE ON SCHEMA sandbox_gateway TO :"account";
    GRANT SELECT, INSERT, UPDATE ON sandbox_gateway.entries, sandbox_gateway.calls TO :"account";
    GRANT SELECT ON sandbox_gateway.schema_migration TO :"account";
\endif

-- Gives an account what Storeline needs in the schema of one context, and nothing besides:
--
--     createuser --pwprompt storeline_payment
--     psql "$DATABASE_URL" --set=ON_ERROR_STOP=1 --set=context=payment --set=account=storeline_payment -f scripts/account.sql
--
-- Then set STORELINE_PAYMENT_DATABASE_URL to a URL with this account. Events can be read and added, and neither changed
-- nor removed: the log is an audit log even for whoever has stolen the account. Migrations need the schema's owner.

GRANT USAGE ON SCHEMA :"context" TO :"account";
GRANT SELECT, INSERT ON :"context".events TO :"account";
GRANT USAGE ON SEQUENCE :"context".events_notification_id_seq TO :"account";
GRANT SELECT, INSERT, UPDATE, DELETE ON :"context".snapshots TO :"account";
GRANT SELECT, INSERT, DELETE ON :"context".commands TO :"account";
GRANT SELECT, INSERT, UPDATE ON :"context".tracking TO :"account";
GRANT SELECT ON :"context".log, :"context".schema_migration TO :"account";

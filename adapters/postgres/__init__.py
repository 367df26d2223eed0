"""Everything about PostgreSQL: the embedded server, pools, migrations, and what is stored in it."""

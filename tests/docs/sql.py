"""Runs the SQL of standard input on the database that `DB` names, as psql would: `python -m tests.docs.sql`."""

import os
import sys

import psycopg

with psycopg.connect(os.environ["DB"], autocommit=True, connect_timeout=10) as connection:
    for statement in filter(str.strip, sys.stdin.read().split(";")):
        cursor = connection.execute(statement.encode())
        if cursor.description:
            for row in cursor.fetchall():
                print(*row, sep="|")

DROP TABLE calls, entries;

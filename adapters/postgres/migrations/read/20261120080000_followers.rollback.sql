DROP FUNCTION move;
DROP TABLE served, skip, fault, lease, position;

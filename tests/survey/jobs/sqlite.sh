# needs: sqlite3
cat >make.sql <<'SQL'
PRAGMA threads=2;
CREATE TABLE a(id INTEGER PRIMARY KEY, word TEXT, n INTEGER);
CREATE TABLE b(a INTEGER REFERENCES a, day TEXT, amount REAL);
WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 20000)
  INSERT INTO a SELECT x, 'w' || (x * 7919 % 10007), x * 31 % 1009 FROM i;
BEGIN;
INSERT INTO b SELECT id % 997, date('2001-01-01', (id % 365) || ' days'), n / 3.0 FROM a;
COMMIT;
CREATE INDEX word ON a(word, n);
SELECT word, sum(amount), count(*) FROM a JOIN b ON b.a = a.id GROUP BY word ORDER BY 2 DESC, 1 LIMIT 50;
UPDATE a SET n = n + 1 WHERE word LIKE 'w1%';
DELETE FROM b WHERE day LIKE '2001-03%';
SELECT sum(n), count(DISTINCT word), max(word) FROM a;
SELECT day, count(*), round(total(amount), 3) FROM b GROUP BY day ORDER BY day LIMIT 40;
VACUUM;
PRAGMA integrity_check;
SQL
$SEANCE sqlite3 file.db <make.sql
$SEANCE sqlite3 file.db .dump | sha256sum
$SEANCE sqlite3 :memory: <make.sql | sha256sum

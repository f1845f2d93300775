# needs: runuser pg_lsclusters
bin=$(echo /usr/lib/postgresql/*/bin)
mkdir data && chown postgres data && chmod 711 . && cd data
as="runuser -u postgres --"
$as $SEANCE "$bin/initdb" -D "$PWD/pg" -A trust --no-sync >initdb.log 2>&1
$as $SEANCE "$bin/postgres" -D "$PWD/pg" -k "$PWD" -p 5544 -c listen_addresses= -c fsync=off >log 2>&1 &
server=$!
sql() { "$bin/psql" -h "$PWD" -p 5544 -U postgres -X -q -A -t "$@" 2>&1; }
for _ in $(seq 300); do sql -c 'select 1' >/dev/null && break; sleep 0.2; done
$SEANCE "$bin/pgbench" -h "$PWD" -p 5544 -U postgres -i -s 1 postgres >init.log 2>&1
$SEANCE "$bin/pgbench" -h "$PWD" -p 5544 -U postgres -c 4 -j 2 -t 250 postgres 2>&1 | grep -E 'actually|failed'
sql -c 'select count(*), sum(delta) = (select sum(abalance) from pgbench_accounts) from pgbench_history' \
    -c 'select sum(tbalance) = (select sum(bbalance) from pgbench_branches) from pgbench_tellers'
sql <<'SQL'
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
create table t as select i as id, i * 7919 % 10007 as k, md5(i::text) as m from generate_series(1, 60000) i;
create index on t (k); create index on t using gin (to_tsvector('simple', m)); analyze t;
select count(*), sum(k), min(m), max(m), avg(k)::numeric(12,4) from t;
select a.k % 10, count(*), sum(a.id - b.id) from t a join t b on a.k = b.k group by 1 order by 1;
update t set m = m || k where id % 7 = 0; delete from t where id % 11 = 0; vacuum full t;
select count(*), md5(string_agg(m, ',' order by id)) from t;
create function f(n int) returns int language plpgsql as 'begin if n < 2 then return n; end if; return f(n - 1) + f(n - 2); end';
select f(15); select jsonb_agg(x)->3 from (select id, k from t order by k, id limit 5) x;
select regexp_replace(repeat('abc ', 5), '(b)(c)', '\2\1', 'g'), to_char(date '2001-02-03' + 40, 'YYYY Mon DD');
SQL
"$bin/pg_dump" -h "$PWD" -p 5544 -U postgres -t t postgres | grep -v restrict | sha256sum
kill -INT "$(head -n 1 pg/postmaster.pid)"; wait "$server"; echo "server $?"
grep -E 'PANIC|FATAL|signal' log | grep -v 'starting up' || echo quiet

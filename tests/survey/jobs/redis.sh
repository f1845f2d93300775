# needs: redis-server redis-benchmark redis-cli
$SEANCE redis-server --bind 127.0.0.1 --port 7300 --dir "$PWD" --save '' --appendonly yes --io-threads 3 >log 2>&1 &
server=$!
for _ in $(seq 100); do [ "$(redis-cli -p 7300 ping 2>&1)" = PONG ] && break; sleep 0.2; done
redis-benchmark -p 7300 -q -n 20000 -c 20 -P 4 -t set,get,incr,lpush,sadd,zadd,hset,mset >benchmark
for i in $(seq 2000); do echo "SET key$i value$((i * 7919 % 10007))"; echo "ZADD z $((i * 31 % 1009)) m$i"; echo "INCRBY sum $i"; done |
    redis-cli -p 7300 | sha256sum
redis-cli -p 7300 mget key1 key77 key1999 sum counter:__rand_int__
redis-cli -p 7300 zrange z 0 40 withscores
redis-cli -p 7300 eval 'local s = 0; for i = 1, 2000 do s = s + #redis.call("GET", "key" .. i) end; return s' 0
redis-cli -p 7300 sort mylist limit 0 3 alpha
before=$(redis-cli -p 7300 debug digest 2>/dev/null || true)
redis-cli -p 7300 bgrewriteaof >/dev/null; sleep 2
while redis-cli -p 7300 info persistence | grep -q 'rewrite_in_progress:1'; do sleep 0.2; done
redis-cli -p 7300 save; redis-cli -p 7300 dbsize; redis-cli -p 7300 info errorstats | grep -c errorstat_ || true
redis-cli -p 7300 shutdown nosave; wait "$server"; echo "server $?"
redis-check-rdb dump.rdb | grep -cE 'looks OK' ; redis-check-aof appendonlydir/appendonly.aof.manifest | grep -c 'valid'

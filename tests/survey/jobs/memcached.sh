# needs: memcached python3
cat >load.py <<'PY'
import random, socket, threading
def talk(name):
    chance, s = random.Random(name), socket.create_connection(("127.0.0.1", 11300))
    f = s.makefile("rwb"); wrong = 0; model = {}
    for _ in range(6000):
        key = f"k{name}.{chance.randrange(400)}"
        if chance.random() < 0.4:
            value = chance.randbytes(chance.randrange(1, 2000)); model[key] = value
            f.write(b"set %s 0 0 %d\r\n%s\r\n" % (key.encode(), len(value), value)); f.flush()
            wrong += f.readline() != b"STORED\r\n"
        elif chance.random() < 0.1:
            f.write(b"incr common 1\r\n"); f.flush(); f.readline(); counts[name] += 1
        else:
            f.write(b"get %s\r\n" % key.encode()); f.flush(); line = f.readline()
            if line == b"END\r\n": wrong += key in model; continue
            value = f.read(int(line.split()[3])); f.readline(); f.readline(); wrong += value != model.get(key)
    print("wrong" if wrong else "right", name, len(model))
counts = [0] * 6
s = socket.create_connection(("127.0.0.1", 11300)); s.sendall(b"set common 0 0 1\r\n0\r\n"); s.recv(100)
threads = [threading.Thread(target=talk, args=(i,)) for i in range(6)]
for t in threads: t.start(); 
for t in threads: t.join()
s.sendall(b"get common\r\n"); print(s.recv(100), sum(counts))
PY
$SEANCE memcached -u root -l 127.0.0.1 -p 11300 -t 4 -m 64 &
server=$!
sleep 4
python3 load.py | sort
kill "$server"; wait "$server"; echo "server $?"

#!/usr/bin/env bash
# Shows Seance at work on programs built without any sanitizer: it finds the race in server.c while
# load.c keeps it busy, and leaves two of Debian's own programs as they are.
# Ends with 0 only if everything came out as said here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=$(realpath "${SEANCE_BUILD:-build}")
library=$build/libseance.so
out=$build/examples
server=
step() { printf '\n== %s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true' EXIT

[ -f "$library" ] || fail "$library is not there; run ./dev build"
rm -rf "$out"
mkdir -p "$out"

step "Building server and load with plain cc -O2 -g"
for name in server load; do
    cc -O2 -g -pthread -o "$out/$name" "examples/$name.c"
done

step "Starting LD_PRELOAD=build/libseance.so ./server on a free loopback port"
LD_PRELOAD=$library SEANCE_OPTIONS="json=$out/server.json:text=$out/server.txt" \
    "$out/server" 0 >"$out/server.out" &
server=$!
port=
for _ in $(seq 150); do
    port=$(sed -n 's/^port //p' "$out/server.out")
    [ -z "$port" ] || break
    kill -0 "$server" 2>/dev/null || fail "the server did not start"
    sleep 0.2
done
[ -n "$port" ] || fail "the server did not say its port"

step "Four clients send 250 requests each, then GET /quit"
"$out/load" "$port" 250 || fail "not every request was answered"
status=0
wait "$server" || status=$?
server=
cat "$out/server.out"

step "What Seance says"
[ -s "$out/server.txt" ] || fail "no report was written"
cat "$out/server.txt"

step "Checking it"
[ "$status" = 66 ] || fail "the server ended with status $status, 66 was promised"
grep -q 'request_count' "$out/server.txt" || fail "the report does not name request_count"
grep -Eq '^SUMMARY: Seance: data race .*server\.c:[0-9]+.* in handle' "$out/server.txt" ||
    fail "no SUMMARY line with file, line and function"
python3 - "$out/server.json" "$(grep -n 'request_count++' examples/server.c | cut -d: -f1)" <<'END' ||
import json, sys
findings = [json.loads(line) for line in open(sys.argv[1])]
races = [f for f in findings if f["kind"] == "data-race"]
others = [f for f in findings if f["kind"] not in ("data-race", "summary") and f["severity"] == "error"]
named = [f for f in races if "request_count" in (f["location"].get("name") or "")]
sites = {(x["function"], x["line"]) for f in named for s in f["stacks"]
         if s["role"] in ("access", "previous") for x in s["frames"]}
if not named or len(named) != len(races) or others:
    sys.exit(f"{len(named)} races on request_count of {len(races)}, {len(others)} other errors")
if ("handle", int(sys.argv[2])) not in sites:
    sys.exit(f"no stack at handle, line {sys.argv[2]}: {sites}")
END
    fail "the findings file does not say what it should"
echo "status 66, and the race on request_count with both stacks, to file and line"

step "Two of the distribution's programs under Seance: the same bytes, status 0, no report"
python3 - "$out/data" <<'END'
import random, sys
chance = random.Random(7)
words = ["%x" % chance.getrandbits(chance.choice((8, 16, 32))) for _ in range(999)]
with open(sys.argv[1], "w") as out:
    for _ in range(400):
        out.write(" ".join(chance.choices(words, k=2000)) + "\n")
END
compare() {
    local name=$1 status=0
    command -v "$name" >/dev/null || { echo "$name is not installed, left out"; return 0; }
    "$@" "$out/data" >"$out/$name.native"
    LD_PRELOAD=$library SEANCE_OPTIONS="text=$out/$name.txt" "$@" "$out/data" >"$out/$name.seance" || status=$?
    [ "$status" = 0 ] || { cat "$out/$name.txt"; fail "$name ended with status $status"; }
    cmp "$out/$name.native" "$out/$name.seance" || fail "$name wrote other bytes than natively"
    echo "$*: $(stat -c %s "$out/data") bytes in, the same $(stat -c %s "$out/$name.native") bytes out, status 0"
}
compare pigz -p 2 -n -c
compare zstd -q -T2 -c

step "Everything came out as promised"

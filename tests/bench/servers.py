"""The rows of the servers: what they serve in a second to load.c, which checks every reply."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from kernels import compile_c
from measure import NOT_BUILT, Failure, Row
from tools import VALGRIND

HERE = pathlib.Path(__file__).resolve().parent
GROUP = "servers"
KEYS, SIZE, CONNECTIONS, PIPELINE = 60000, 2000, 16, 16
PAGES, PAGE_SIZE = 64, 4000
WARM_UP, MEASURED = 0.4, 1.2  # seconds

NGINX = """daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    keepalive_requests 100000000;
    server {{ listen 127.0.0.1:{port}; root {folder}/pages; }}
}}
"""


class Server(Row):
    """`command` with PORT in its words; `speaks`: the protocol that load.c has to use."""

    compared, shown = ("rate", "piped", "cpu", "memory"), "rate"

    def __init__(self, name, title, command, speaks, keys, size, programs):
        super().__init__(name, title, command, GROUP, programs=programs)
        self.speaks, self.keys, self.size = speaks, keys, size

    def run(self, tool, bench):
        port = free_port()
        words = [str(word).replace("PORT", str(port)) for word in self.command]
        if self.name == "nginx":
            write_nginx(bench.out, port)
        command = bench.tools.command(tool, words, self.modules, self.programs)
        if not command:
            raise Failure(NOT_BUILT)
        stderr = bench.out / "stderr"
        with stderr.open("wb") as err:
            process = start(command, bench.out, err)
            try:
                wait_until_it_listens(process, port, bench.patience(tool))
                figures = self.load(process, port, bench, 2 * bench.patience(tool) if tool in VALGRIND else 60)
            finally:
                status = stop(process)
        text = stderr.read_text(errors="replace")
        if status not in (0, -signal.SIGTERM, 128 + signal.SIGTERM):
            raise Failure(f"status {status}: {text[-200:].strip()}")
        return figures, None, text

    def load(self, process, port, bench, patience):
        def ask(kind, *more):
            words = [bench.out / "load", kind, self.speaks, port, self.keys, self.size, *more]
            done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=patience)
            if done.returncode:
                raise Failure(done.stderr.strip() or f"load ended with {done.returncode}")
            return [float(word) for word in done.stdout.split()]

        try:
            if self.speaks != "http":
                ask("fill")
            ask("run", CONNECTIONS, 1, WARM_UP)
            before = cpu_of(process.pid)
            requests, seconds = ask("run", CONNECTIONS, 1, MEASURED)
            cpu = cpu_of(process.pid) - before
            piped, piped_seconds = ask("run", CONNECTIONS, PIPELINE, MEASURED)
        except subprocess.TimeoutExpired:
            raise Failure("too slow for the load") from None
        return {"rate": requests / seconds, "piped": piped / piped_seconds, "cpu": cpu / requests * 1e6,
                "memory": memory_of(process.pid), "mappings": mappings_of(process.pid)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, folder, err):
    count = next(i for i, word in enumerate(command) if "=" not in word)
    env = dict(os.environ, **dict(word.split("=", 1) for word in command[:count]))
    return subprocess.Popen(command[count:], env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=err, start_new_session=True)


def stop(process):
    """The status after SIGTERM; killed where that does not end it."""
    process.terminate()
    try:
        return process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def wait_until_it_listens(process, port, patience):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Failure(f"ends with {process.returncode} at its start")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Failure("does not start in time")


def tree_of(pid):
    """The process and those that it started."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(process for child in children for process in tree_of(int(child)))]


def cpu_of(pid):
    ticks = 0
    for process in tree_of(pid):
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of(pid):
    """Of each process its peak, in MiB."""
    total = 0
    for process in tree_of(pid):
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                total += int(line.split()[1])
    return total / 1024


def mappings_of(pid):
    return max(pathlib.Path(f"/proc/{process}/maps").read_text().count("\n") for process in tree_of(pid))


def write_nginx(out, port):
    folder = out / "nginx"
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    subprocess.run([out / "load", "files", folder / "pages", str(PAGES), str(PAGE_SIZE)], check=True)


def rows(bench, builds):
    compile_c(bench.out / "load", [HERE / "load.c"], words=["-D_GNU_SOURCE"])
    as_root = ["-u", "root"] if os.geteuid() == 0 else []
    commands = [
        ("memcached", ["memcached", *as_root, "-t", "2", "-m", "400", "-c", "200", "-p", "PORT", "-l", "127.0.0.1"],
         "memcached", KEYS),
        ("redis", ["redis-server", "--port", "PORT", "--bind", "127.0.0.1", "--save", ""], "redis", KEYS),
        ("nginx", ["nginx", "-p", bench.out / "nginx", "-e", "stderr", "-c", bench.out / "nginx" / "nginx.conf"],
         "http", PAGES),
    ]
    return [Server(name, command[0], command, speaks, keys, PAGE_SIZE if speaks == "http" else SIZE, builds(name, GROUP))
            for name, command, speaks, keys in commands if shutil.which(command[0])]

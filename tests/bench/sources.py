"""Builds programs with ThreadSanitizer out of Debian's sources, for each compiler, once.

The sources are those of the installed packages, or of another version where the archive does not have these any more.
apt is given a source list and state of its own, so that nothing on the machine changes. A program that does not build is
left out of the table, with a line that names its log.
"""

import pathlib
import re
import shutil
import subprocess

from tools import COMPILERS

HERE = pathlib.Path(__file__).resolve().parent
LIST = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

# Shell, in a folder that holds the unpacked sources by their package's name. $CC and $CXX are the compilers, $FLAGS
# what they compile and link with; $HERE is this folder; $JOBS goes to make.
RECIPES = {
    "pigz": (["pigz", "zlib1g"], "pigz/pigz", """
        (cd zlib && CFLAGS="$FLAGS" ./configure --static && make $JOBS libz.a)
        make -C pigz pigz CC="$CC" CFLAGS="$FLAGS -I../zlib" LDFLAGS="$FLAGS -L../zlib" """),
    "pbzip2": (["pbzip2", "libbz2-1.0"], "pbzip2/pbzip2", """
        make -C bzip2 libbz2.a CC="$CC" CFLAGS="$FLAGS -D_FILE_OFFSET_BITS=64"
        make -C pbzip2 pbzip2 CXX="$CXX" CXXFLAGS="$FLAGS -I../bzip2 -D_FILE_OFFSET_BITS=64 -Wno-reserved-user-defined-literal" \
            LDFLAGS="$FLAGS -L../bzip2" """),
    "xz": (["xz-utils"], "xz-utils/src/xz/xz", """
        cd xz-utils && CFLAGS="$FLAGS" ./configure --disable-shared --disable-nls --disable-doc --disable-scripts
        make $JOBS"""),
    "zstd": (["zstd"], "libzstd/programs/zstd", """
        make -C libzstd/programs $JOBS zstd CC="$CC" CFLAGS="$FLAGS" LDFLAGS="$FLAGS" """),
    "x264": (["x264"], "x264/x264", """
        cd x264 && ./configure --disable-lavf --disable-ffms --disable-gpac --disable-lsmash --disable-swscale \
            --disable-avs --disable-opencl --extra-cflags="$FLAGS" --extra-ldflags="$FLAGS"
        make $JOBS x264"""),
    "sqlite": (["libsqlite3-0"], "sqlite", """
        (mkdir -p made && cd made && ../sqlite3/configure && make sqlite3.c)
        "$CC" $FLAGS -DSQLITE_THREADSAFE=1 -Imade -pthread -o sqlite "$HERE/sqlite.c" made/sqlite3.c -ldl -lm"""),
    "memcached": (["memcached"], "memcached/memcached", """
        cd memcached && ([ -x configure ] || autoreconf -fi)
        CFLAGS="$FLAGS" ./configure --disable-docs --disable-dependency-tracking
        make $JOBS memcached"""),
    "redis": (["redis-server"], "redis/src/redis-server", """
        make -C redis/src $JOBS redis-server CC="$CC" MALLOC=libc SANITIZER=thread OPTIMIZATION=-O2 BUILD_TLS=no"""),
    "nginx": (["nginx-light"], "nginx/objs/nginx", """
        cd nginx && ./configure --with-cc="$CC" --with-cc-opt="$FLAGS" --with-ld-opt="$FLAGS" --with-threads \
            --without-http_gzip_module
        make $JOBS"""),
}


class Sources:
    """Where the sources and the builds lie."""

    def __init__(self, bench):
        self.out, self.names = bench.out, bench.tools.names
        self.apt = self.out / "apt"
        self.ready = False

    def builds(self, name):
        """{compiler: program}, made now where it is not there yet."""
        found = {}
        for tool, compiler in COMPILERS.items():
            if tool in self.names:
                program = self.build(name, compiler)
                if program:
                    found[compiler] = program
        return found

    def build(self, name, compiler):
        packages, program, recipe = RECIPES[name]
        folder = self.out / f"build-{compiler}" / name
        if (folder / program).exists():
            return folder / program
        log = self.out / f"build-{compiler}-{name}.log"
        if log.exists():  # it did not build before, and will not now
            return None
        print(f"building {name} with ThreadSanitizer of {compiler} ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with log.open("w") as stream:
            good = all(self.fetch(package, folder, stream) for package in packages) \
                and self.run_recipe(recipe, compiler, folder, stream)
        if good and (folder / program).exists():
            log.unlink()
            return folder / program
        print(f"   {name} does not build with {compiler}: {log.name} says why", flush=True)
        return None

    def run_recipe(self, recipe, compiler, folder, log):
        env = {"CC": compiler, "CXX": {"gcc": "g++", "clang": "clang++"}[compiler], "JOBS": "-j2", "HERE": str(HERE),
               "FLAGS": "-O2 -g -fsanitize=thread", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent",
               "TSAN_OPTIONS": "report_bugs=0"}
        command = ["setarch", "-R", "bash", "-euc", recipe]
        return subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=log).returncode == 0

    def apt_options(self):
        return ["-qq", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={self.apt}",
                "-o", f"Dir::State::Lists={self.apt / 'lists'}", "-o", f"Dir::Cache={self.apt / 'cache'}",
                "-o", "APT::Sandbox::User=root"]

    def update(self, log):
        if self.ready:
            return True
        for part in ("lists", "cache"):
            (self.apt / part / "partial").mkdir(parents=True, exist_ok=True)
        (self.apt / "bench.sources").write_text(LIST)
        self.ready = subprocess.run(["apt-get", *self.apt_options(), "update"], stdout=log, stderr=log).returncode == 0
        return self.ready

    def versions(self, source):
        """All that the archive lists."""
        shown = subprocess.run(["apt-cache", *self.apt_options(), "showsrc", "--only-source", source],
                               capture_output=True, text=True)
        return re.findall(r"^Version: (.*)$", shown.stdout, re.M)

    def fetch(self, package, folder, log):
        """Unpacks the source of an installed package, Debian's patches applied, as folder/SOURCE."""
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", package],
                               capture_output=True, text=True)
        if shown.returncode or not self.update(log):
            return False
        source, installed = shown.stdout.split()
        for version in dict.fromkeys([installed, *self.versions(source)]):
            if self.unpack(source, version, folder, log):
                return True
        return False

    def unpack(self, source, version, folder, log):
        before = set(folder.iterdir())
        done = subprocess.run(["apt-get", *self.apt_options(), "source", f"{source}={version}"], cwd=folder,
                              stdout=log, stderr=log)
        unpacked = [path for path in set(folder.iterdir()) - before if path.is_dir()]
        if done.returncode or len(unpacked) != 1:
            return False
        unpacked[0].rename(folder / source)
        (folder / "versions").open("a").write(f"{source} {version}\n")
        return True

    def used(self):
        """The versions that were built, in words."""
        files = sorted(self.out.glob("build-*/*/versions"))
        return ", ".join(sorted({line for path in files for line in path.read_text().splitlines()}))

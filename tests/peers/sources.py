"""Fetches the suites out of Debian's source packages, once, into the build folder.

apt is given a source list and state of its own, so that nothing on the machine changes. Only the upstream archives
are fetched, and of LLVM's, which is large, only ThreadSanitizer's tests are unpacked.
"""

import subprocess

LIST = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
# tree: source package, what of its archive is unpacked
TREES = {"valgrind": ("valgrind", ["*"]),
         "llvm-toolchain-14": ("llvm-toolchain-14",
                               ["*/compiler-rt/test/tsan", "*/compiler-rt/test/sanitizer_common/print_address.h"]),
         "libcxx": ("llvm-toolchain-14", ["*/libcxx/test"]),
         "libstdcxx": ("gcc-12", ["*/libstdc++-v3/testsuite"])}
INNER = {"gcc-12": "*/gcc-*-dfsg.tar.xz"}  # the archive that lies in a package's archive
# libc++ itself: installed, its packages would take libunwind's place.
LIBCXX = ("libc++-14-dev", "libc++1-14", "libc++abi-14-dev", "libc++abi1-14", "libunwind-14")


class Sources:
    """The suites' folders, below work/src."""

    def __init__(self, work):
        self.apt, self.folder = work / "apt", work / "src"

    def tree(self, name):
        """An unpacked tree, fetched now where it is not there yet."""
        folder = self.folder / name
        if not folder.exists():
            package, wanted = TREES[name]
            self.unpack(self.fetch(package), INNER.get(package), wanted, folder)
        return next(folder.iterdir())

    def libcxx(self):
        """The folder of LLVM in which libc++ has been unpacked."""
        folder = self.folder / "libcxx-packages"
        if not folder.exists():
            partial = folder.with_name(f"{folder.name}.partial")
            partial.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *LIBCXX], cwd=partial, check=True)
            for package in partial.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, partial], check=True)
            partial.rename(folder)
        return folder / "usr/lib/llvm-14"

    def fetch(self, package):
        archives = self.folder / "archives"
        if not list(archives.glob(f"{package}_*.orig.tar.*")):
            archives.mkdir(parents=True, exist_ok=True)
            print(f"fetching the source of {package} ...", flush=True)
            self.update()
            self.apt_get("source", "--download-only", "--tar-only", package, cwd=archives)
        return next(archives.glob(f"{package}_*.orig.tar.*[!c]"))

    @staticmethod
    def unpack(archive, inner, wanted, folder):
        partial = folder.with_name(f"{folder.name}.partial")
        partial.mkdir(parents=True, exist_ok=True)
        if inner:
            subprocess.run(["tar", "-xf", archive, "-C", partial, "--strip-components=1", "--wildcards", inner], check=True)
            archive = next(partial.iterdir())
        subprocess.run(["tar", "-xf", archive, "-C", partial, "--wildcards", *wanted], check=True)
        if inner:
            archive.unlink()
        partial.rename(folder)

    def update(self):
        for part in ("lists", "cache"):
            (self.apt / part / "partial").mkdir(parents=True, exist_ok=True)
        (self.apt / "peers.sources").write_text(LIST)
        self.apt_get("update")

    def apt_get(self, *words, cwd=None):
        own = {"Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": self.apt, "Dir::State::Lists": self.apt / "lists",
               "Dir::Cache": self.apt / "cache", "APT::Sandbox::User": "root"}
        options = [word for key, value in own.items() for word in ("-o", f"{key}={value}")]
        subprocess.run(["apt-get", "-qq", *options, *words], cwd=cwd, check=True)

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
# source package: what of its archive is unpacked
PACKAGES = {"valgrind": ["*"],
            "llvm-toolchain-14": ["*/compiler-rt/test/tsan", "*/compiler-rt/test/sanitizer_common/print_address.h"]}


class Sources:
    """The suites' folders, below work/src."""

    def __init__(self, work):
        self.apt, self.folder = work / "apt", work / "src"

    def tree(self, package):
        """The unpacked source of a package, fetched now where it is not there yet."""
        folder = self.folder / package
        if not folder.exists():
            self.unpack(package, self.fetch(package), folder)
        return next(folder.iterdir())

    def fetch(self, package):
        archives = self.folder / "archives"
        if not list(archives.glob(f"{package}_*.orig.tar.*")):
            archives.mkdir(parents=True, exist_ok=True)
            print(f"fetching the source of {package} ...", flush=True)
            self.update()
            self.apt_get("source", "--download-only", "--tar-only", package, cwd=archives)
        return next(archives.glob(f"{package}_*.orig.tar.*[!c]"))

    @staticmethod
    def unpack(package, archive, folder):
        partial = folder.with_name(f"{package}.partial")
        partial.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xf", archive, "-C", partial, "--wildcards", *PACKAGES[package]], check=True)
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

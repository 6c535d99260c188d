#!/usr/bin/env python3
"""scripts/install against a server that stands in for a repository's releases: what is as it should be is installed, and
nothing else is.

    install.py
"""

import functools
import hashlib
import http.server
import io
import os
import pathlib
import subprocess
import tarfile
import tempfile
import threading
import zipfile

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "scripts/install"
VERSION = "v1.2.3"
# What `uname -s` and `uname -m` say, and what is installed there.
PLATFORMS = [
    ("Linux", "x86_64", "x86_64-unknown-linux-musl"),
    ("Linux", "aarch64", "aarch64-unknown-linux-musl"),
    ("Darwin", "arm64", "aarch64-apple-darwin"),
    ("Darwin", "x86_64", "x86_64-apple-darwin"),
    ("MINGW64_NT-10.0-26100", "x86_64", "x86_64-pc-windows-msvc"),
]


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Releases:
    """A folder of releases, served."""

    def __init__(self, folder):
        self.folder = folder
        handler = functools.partial(Silent, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        (folder / VERSION).mkdir()
        sums = ""
        for _, _, target in PLATFORMS:
            name, content = packed(target)
            (folder / VERSION / name).write_bytes(content)
            sums += f"{hashlib.sha256(content).hexdigest()} *{name}\n"
        (folder / VERSION / "SHA256SUMS").write_text(sums)


def packed(target):
    stem = f"stack-{VERSION}-{target}"
    if "windows" in target:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            entry = zipfile.ZipInfo(f"{stem}/stack.exe")
            entry.create_system, entry.external_attr = 3, 0o100755 << 16
            archive.writestr(entry, script(target))
        return f"{stem}.zip", content.getvalue()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in ("stack", "stack-local-sql"):
            entry = tarfile.TarInfo(f"{stem}/{name}")
            entry.mode, entry.size = 0o755, len(script(target))
            archive.addfile(entry, io.BytesIO(script(target)))
    return f"{stem}.tar.gz", content.getvalue()


def script(target):
    return f"#!/bin/sh\necho {target}\n".encode()


class Machine:
    """A machine with commands of its own in front of this one's."""

    def __init__(self, releases, folder):
        self.releases, self.bin, self.home = releases, folder / "bin", folder / "home"
        self.bin.mkdir(parents=True)
        self.home.mkdir()

    def command(self, name, text):
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def is_a(self, system, machine):
        self.command("uname", f'case $1 in -s) echo "{system}" ;; -m) echo "{machine}" ;; esac')

    def install(self, *args, code=0, **more):
        own = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.home), "STACK_DOWNLOADS": self.releases.url}
        command = [SCRIPT, *args]
        done = subprocess.run(command, env={**own, **more}, text=True, capture_output=True, check=False)
        assert done.returncode == code, f"{args}: {done.returncode}\n{done.stderr}"
        return done.stderr

    def installed(self):
        folder = self.home / ".local/bin"
        return sorted(it.name for it in folder.iterdir()) if folder.exists() else []


def each_platform(machine):
    """Each platform gets its own programs."""
    for system, processor, target in PLATFORMS:
        machine.is_a(system, processor)
        to = machine.home / target
        said = machine.install("--repo", "o/r", "--version", VERSION, "--dir", str(to))
        names = ["stack.exe"] if "windows" in target else ["stack", "stack-local-sql"]
        assert sorted(it.name for it in to.iterdir()) == names, said
        assert (to / names[0]).read_bytes() == script(target) and os.access(to / names[0], os.X_OK)


def a_job(machine):
    """A job finds the programs on its PATH, and those of before are replaced."""
    path = machine.home / "path"
    for _ in range(2):
        machine.install("--repo", "o/r", "--version", VERSION, GITHUB_PATH=str(path))
    assert path.read_text() == f"{machine.home}/.local/bin\n" * 2
    assert machine.installed() == ["stack", "stack-local-sql"]


def damaged(machine):
    """What is not as the sums say is not installed."""
    archive = machine.releases.folder / VERSION / f"stack-{VERSION}-x86_64-unknown-linux-musl.tar.gz"
    whole = archive.read_bytes()
    for content in (whole + b"!", whole[:-20], b""):
        archive.write_bytes(content)
        said = machine.install("--repo", "o/r", "--version", VERSION, code=1)
        assert "is not what the release says" in said and hashlib.sha256(content).hexdigest() in said, said
    archive.unlink()
    said = machine.install("--repo", "o/r", "--version", VERSION, code=1)
    assert "cannot be downloaded from" in said, said
    archive.write_bytes(whole)
    sums = machine.releases.folder / VERSION / "SHA256SUMS"
    text = sums.read_text()
    sums.write_text("\n".join(line for line in text.splitlines() if "linux" not in line) + "\n")
    said = machine.install("--repo", "o/r", "--version", VERSION, code=1)
    assert f"release {VERSION} of o/r has no {archive.name}" in said, said
    sums.write_text(text)


def unknown(machine):
    """A platform, version or flag that there is not is named."""
    for args, told in [
        (["--repo", "o/r", "--version", "v9.9.9"], "release v9.9.9 of o/r cannot be downloaded"),
        (["--repo", "o/r", "--version", "main"], '"main" is not the tag of a release'),
        (["--version", VERSION], "which repository is not said"),
        (["--repo"], "--repo needs a value"),
        (["--repos", "o/r"], "--repos is not known"),
    ]:
        said = machine.install(*args, code=1)
        assert told in said, said
    # Its own version, which is not among these releases.
    said = machine.install("--repo", "o/r", code=1)
    assert "release v0." in said or "release v1." in said, said
    for system, processor in (("FreeBSD", "x86_64"), ("Linux", "riscv64"), ("MINGW64_NT-10.0", "aarch64")):
        machine.is_a(system, processor)
        said = machine.install("--repo", "o/r", "--version", VERSION, code=1)
        assert f"there are no programs for {system} on {processor}" in said and "hint: build them" in said, said
    machine.is_a("Linux", "x86_64")


def provenance(machine):
    """Where gh is logged in, what the release's workflow did not build is not installed."""
    log = machine.home / "asked"
    refused = f'echo "$@" >>{log}; case "$*" in *verify*) exit 1 ;; esac'
    machine.command("gh", refused)
    said = machine.install("--repo", "o/r", "--version", VERSION, code=1)
    assert "was not built by the release workflow of o/r" in said, said
    asked = log.read_text()
    assert "--repo o/r --signer-workflow o/r/.github/workflows/release.yml" in asked, asked
    machine.command("gh", "exit 0")
    assert "was not checked" not in machine.install("--repo", "o/r", "--version", VERSION)
    # Without a login it cannot be asked, and that is said.
    machine.command("gh", 'case "$1" in auth) exit 1 ;; esac')
    assert "was not checked" in machine.install("--repo", "o/r", "--version", VERSION)


STEPS = [each_platform, damaged, unknown, a_job, provenance]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "releases").mkdir()
        releases = Releases(folder / "releases")
        for step in STEPS:
            print(f"== {step.__doc__}", flush=True)
            machine = Machine(releases, folder / step.__name__)
            machine.is_a("Linux", "x86_64")
            machine.command("cygpath", 'echo "$2"')
            # Not this machine's.
            machine.command("gh", "exit 1")
            step(machine)
            if step in (damaged, unknown):
                assert machine.installed() == [], machine.installed()
    print(f"{len(STEPS)} parts of the installer passed.")


main()

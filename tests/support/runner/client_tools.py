"""Gets the clients that apt does not install: a Python venv, npm packages, Go and Rust programs,
jars.

They live under build/, are made from pinned lists in tests/clients, and are made again only when
such a list changes. What cannot be had is left out; the tests of that client then skip by name.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
import subprocess
import sys

from .build import LIBRARY, LOGS, ROOT, install_packages

CLIENTS = ROOT / "tests" / "clients"
VENV = ROOT / "build" / "test-venv"
S3FS = ROOT / "build" / "test-s3fs"
REGISTRY = ROOT / "build" / "test-registry"
JAVASCRIPT = ROOT / "build" / "test-js"
GO = ROOT / "build" / "test-go"
JAVA = ROOT / "build" / "test-java"
RUST = ROOT / "build" / "test-rust"


def prepare() -> None:
    """Installs everything that the client tests use, as far as this machine can."""
    install_packages("the client tests", "clients")
    make_venv()
    make_s3fs()
    make_registry()
    make_javascript()
    make_go()
    make_java()
    make_rust()


def venv_python() -> str:
    """The interpreter with the pinned packages, or this one where the venv could not be made."""
    python = VENV / "bin" / "python"
    return str(python) if (VENV / "stamp").exists() else sys.executable


def make_venv() -> None:
    requirements = CLIENTS / "requirements.txt"
    stamp = fingerprint(requirements)
    if is_current(VENV, stamp):
        return
    print("making the Python environment build/test-venv", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    commands = [[sys.executable, "-m", "venv", str(VENV)],
                [str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check",
                 "--requirement", str(requirements)]]
    if run_all(commands, ROOT, "install-python"):
        (VENV / "stamp").write_text(stamp)


def make_s3fs() -> None:
    """A folder for the module search path: s3fs needs another botocore than the venv has."""
    requirements = CLIENTS / "requirements-s3fs.txt"
    stamp = fingerprint(requirements)
    if is_current(S3FS, stamp):
        return
    print("installing s3fs into build/test-s3fs", flush=True)
    shutil.rmtree(S3FS, ignore_errors=True)
    command = [venv_python(), "-m", "pip", "install", "--disable-pip-version-check",
               "--target", str(S3FS), "--requirement", str(requirements)]
    if run_all([command], ROOT, "install-s3fs"):
        (S3FS / "stamp").write_text(stamp)


def make_registry() -> None:
    """Debian's docker-registry, unpacked only: installed it would start one for everybody."""
    stamp = "docker-registry"
    if shutil.which("apt-get") is None or is_current(REGISTRY, stamp):
        return
    print("unpacking docker-registry into build/test-registry", flush=True)
    shutil.rmtree(REGISTRY, ignore_errors=True)
    REGISTRY.mkdir(parents=True)
    command = ["bash", "-c", '. "$1"; tarn_unpack_package "$2" "$3"', "tests/run", str(LIBRARY),
               "docker-registry", str(REGISTRY)]
    if run_all([command], REGISTRY, "install-registry"):
        (REGISTRY / "stamp").write_text(stamp)


def make_javascript() -> None:
    """npm ci in a copy, so that no node_modules lands among the sources."""
    sources = [CLIENTS / "js" / "package.json", CLIENTS / "js" / "package-lock.json"]
    stamp = fingerprint(*sources)
    npm = shutil.which("npm")
    if npm is None or is_current(JAVASCRIPT, stamp):
        return
    print("installing the JavaScript SDK into build/test-js", flush=True)
    shutil.rmtree(JAVASCRIPT, ignore_errors=True)
    JAVASCRIPT.mkdir(parents=True)
    for source in sources:
        shutil.copy(source, JAVASCRIPT)
    if run_all([[npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]], JAVASCRIPT,
               "install-javascript"):
        (JAVASCRIPT / "stamp").write_text(stamp)


def make_go() -> None:
    """Where there is a Go: its modules are downloaded, checked against go.sum, and compiled."""
    go = shutil.which("go")
    sources = sorted((CLIENTS / "go").iterdir())
    stamp = fingerprint(*sources)
    if go is None or is_current(GO, stamp):
        return
    print("building the Go clients into build/test-go", flush=True)
    shutil.rmtree(GO, ignore_errors=True)
    GO.mkdir(parents=True)
    build = [go, "build", "-mod=readonly", "-o", str(GO / "clients"), "."]
    if run_all([[go, "mod", "download"], build], CLIENTS / "go", "install-go"):
        (GO / "stamp").write_text(stamp)


def make_java() -> None:
    """Where there are a Java and a Maven: the SDK's jars."""
    maven = shutil.which("mvn")
    project = CLIENTS / "java" / "pom.xml"
    stamp = fingerprint(project)
    if maven is None or shutil.which("java") is None or is_current(JAVA, stamp):
        return
    print("getting the Java SDK into build/test-java", flush=True)
    shutil.rmtree(JAVA, ignore_errors=True)
    JAVA.mkdir(parents=True)
    command = [maven, "-q", "-B", "-f", str(project), "dependency:copy-dependencies",
               f"-DoutputDirectory={JAVA}"]
    if run_all([command], JAVA, "install-java"):
        (JAVA / "stamp").write_text(stamp)


def make_rust() -> None:
    """Where there is a Cargo: two minutes of compiling the first time."""
    cargo = shutil.which("cargo")
    project = CLIENTS / "rust"
    stamp = fingerprint(project / "Cargo.toml", project / "Cargo.lock", project / "src" / "main.rs")
    if cargo is None or is_current(RUST, stamp):
        return
    print("building the Rust client into build/test-rust", flush=True)
    RUST.mkdir(parents=True, exist_ok=True)
    command = [cargo, "build", "--locked", "--manifest-path", str(project / "Cargo.toml"),
               "--target-dir", str(RUST)]
    if run_all([command], project, "install-rust"):
        (RUST / "stamp").write_text(stamp)


def is_current(directory: pathlib.Path, stamp: str) -> bool:
    path = directory / "stamp"
    return path.exists() and path.read_text() == stamp


def fingerprint(*paths: pathlib.Path) -> str:
    """Of the pinned lists and of the interpreter: a venv of a removed Python is of no use."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run_all(commands: list[list[str]], directory: pathlib.Path, log_name: str) -> bool:
    log_path = LOGS / f"{log_name}.log"
    with log_path.open("wb") as log:
        for command in commands:
            status = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT, check=False).returncode
            if status != 0:
                print(f"could not: {' '.join(command)} (log: {log_path})", flush=True)
                return False
    return True

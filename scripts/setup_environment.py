"""Prepare `.venv` from `requirements.lock`: what `make` runs before anything else.

Runs on the machine's own Python with nothing installed. uv is fetched into the environment because it installs in
seconds what takes pip a minute; where it cannot be had or fails (an index that only pip is set up for), plain pip
does the same work from the same hashes. A marker written last makes an interrupted set-up start again.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
MARKER = VENV / ".ready"
OLDEST_PYTHON = (3, 11)
UV = "uv>=0.9,<1"


def fail(sentence: str, output: str = "") -> "SystemExit":
    """Return the exit for a set-up that cannot go on: one sentence, and the installer's own last words."""
    last_words = "".join(f"\n  {line}" for line in output.strip().splitlines()[-4:])
    return SystemExit(f"Set-up stopped: {sentence}{last_words}")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder and keep what it printed."""
    return subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)


def create_environment() -> Path:
    """Make an empty virtual environment, or keep the one that works; return its Python."""
    python = VENV / "bin" / "python"
    if python.exists() and run(python, "-m", "pip", "--version").returncode == 0:
        return python
    if VENV.exists():
        shutil.rmtree(VENV)
    made = run(sys.executable, "-m", "venv", VENV)
    if made.returncode != 0:
        raise fail(
            "Python's venv module is missing or broken. On Debian and Ubuntu: apt-get install python3-venv.",
            made.stdout + made.stderr,
        )
    return python


def install(python: Path) -> str:
    """Install the locked packages and the project itself; return the name of the installer that did it."""
    locked = ("--require-hashes", "-r", LOCK)
    itself = ("--no-deps", "--no-build-isolation", "-e", ".")
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    if run(*pip, UV).returncode == 0:
        uv = (VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", python)
        if run(*uv, *locked).returncode == 0 and run(*uv, *itself).returncode == 0:
            return "uv"
    for what in (locked, itself):
        done = run(*pip, *what)
        if done.returncode != 0:
            raise fail(
                "the packages of requirements.lock could not be installed. Is the package index reachable "
                "(network, proxy, pip's index-url)? Try again with: make setup",
                done.stdout + done.stderr,
            )
    return "pip"


def main() -> None:
    """Set up, and say how long it took."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise fail(f"Python 3.11 or newer is needed, this is {found}. Name another one: make run PYTHON=python3.12")
    started = time.monotonic()
    print("Setup     preparing .venv from requirements.lock (first time only)", flush=True)
    python = create_environment()
    installer = install(python)
    MARKER.write_text(f"{LOCK.stat().st_size}\n")
    print(f"Setup     packages installed with {installer} in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("Set-up interrupted; the next make takes it up again.") from None

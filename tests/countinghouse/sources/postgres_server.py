"""A PostgreSQL server of the tests' own: Debian's programs, a folder and a port that go away with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PASSWORD = "correct horse"
SYSTEM_USER = "postgres"


@dataclass(frozen=True)
class Postgres:
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/postgres"

    @property
    def dsn(self) -> str:
        return f"user=reader password='{PASSWORD}'"

    def execute(self, sql: str) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=SYSTEM_USER, password=PASSWORD, dbname="postgres"
        ) as connection:
            connection.execute(sql)


@contextmanager
def running_postgres(bin_folder: Path) -> Generator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        # The server refuses to run as root.
        for path in (folder, folder / "password"):
            shutil.chown(path, SYSTEM_USER)

    def run(*command: str) -> None:
        user = SYSTEM_USER if os.geteuid() == 0 else None
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    data = str(folder / "data")
    run(
        *(str(bin_folder / "initdb"), "-D", data, "-U", SYSTEM_USER, "--no-sync", "--no-locale", "-E", "UTF8"),
        *("-A", "scram-sha-256", "--pwfile", str(folder / "password")),
    )
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c autovacuum=off -c shared_buffers=16MB"
    )
    control = str(bin_folder / "pg_ctl")
    run(control, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        server = Postgres(port)
        server.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield server
    finally:
        run(control, "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)

"""`python -m api`: serve the HTTP API at the settings' address, until Ctrl-C."""

import socket
import sys

import uvicorn

from api.main import create_app
from countinghouse.errors import CountinghouseError, SettingsError
from countinghouse.settings import Settings, load_settings


def listening(settings: Settings) -> socket.socket:
    """The socket to serve at; SettingsError where the address is not to be had."""
    host, port = settings.api_host, settings.api_port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol has to be named: asyncio sends small packets at once (TCP_NODELAY) only where it is, and answers
        # would take 40 ms more.
        server = socket.socket(family, kind, socket.IPPROTO_TCP)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(address)
        server.listen(1024)
        return server
    except OSError as problem:
        raise SettingsError(
            f"The API cannot listen at {host}, port {port} ({problem.strerror}). Stop the program that has it, or "
            "set COUNTINGHOUSE_API_PORT=8601."
        ) from None


def main() -> int:
    """Serve; exit code 1 and a sentence where that is not possible."""
    try:
        settings = load_settings()
        app = create_app(settings)
        with listening(settings) as server:
            host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
            address = f"http://{host}:{settings.api_port}"
            sys.stdout.write(f"\n  API   {address}\n  Docs  {address}/docs    (Ctrl-C stops it)\n\n")
            sys.stdout.flush()
            config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
            uvicorn.Server(config).run(sockets=[server])
    except CountinghouseError as problem:
        sys.stderr.write(f"Stopped: {problem}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

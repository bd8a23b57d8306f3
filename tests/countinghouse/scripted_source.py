"""A source that answers as a test tells it to, on a real socket: for manners the simulator does not have."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Heard:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class Reply:
    """One answer; `body` is sent as JSON unless it is bytes."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None  # the Content-Length that is claimed, where the body is cut off before it
    is_closed: bool = False  # hang up without a word


Script = Callable[[Heard], Reply]


class ScriptedSource:
    """Asks `script` for every answer and remembers who asked what."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.date = "Fri, 20 Nov 2026 09:40:00 GMT"
        self.script: Script = lambda heard: Reply({"message": "no script"}, status=404)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def replies(self, *replies: Reply) -> None:
        """Give these answers in order, the last one for ever."""
        left = list(replies)
        self.script = lambda heard: left.pop(0) if len(left) > 1 else left[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                heard = Heard(parts.path, dict(parse_qsl(parts.query)), dict(self.headers), self.command, body)
                source.heard.append(heard)
                reply = source.script(heard)
                self.close_connection = True
                if reply.is_closed:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                headers = {"Content-Type": "application/json", **reply.headers}
                self.send_response(reply.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(reply.promised or len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def date_time_string(self, timestamp: float | None = None) -> str:
                return source.date

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def shop_list(name: str, rows: list[Any]) -> Script:
    """A DummyJSON list, paged as the real one pages."""

    def script(heard: Heard) -> Reply:
        skip, limit = int(heard.query.get("skip", 0)), int(heard.query.get("limit", 30))
        page = rows[skip : skip + limit]
        return Reply({name: page, "total": len(rows), "skip": skip, "limit": len(page)})

    return script

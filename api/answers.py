"""From a question to an answer: made once for each version, said with its version and age, not sent again unchanged."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from fastapi import Depends, Request, Response

from api.callers import Caller, caller
from api.problems import Problem
from api.published import Cached, Copies, Copy

# Amounts are written as JSON numbers with the three digits that the marts keep: the text is exact, and no float is ever
# made of them on the way. See docs/decisions/0014.
_encode = msgspec.json.Encoder(decimal_format="number").encode
# Raised when the same question over the same version gets an answer of another form.
_FORM = 1
# Below this a packet is a packet, zipped or not.
_WORTH_ZIPPING_BYTES = 1000
# Answers with names in them are not to lie about anywhere; the others may, if asked again each time.
_KEPT = {True: "no-store", False: "private, no-cache"}
_VARY = "Authorization, X-API-Key, Accept-Encoding"

Question = Callable[[Copy], Any]


class Desk:
    """Answers the request at hand from one version of the copy."""

    def __init__(self, request: Request, caller: Caller) -> None:
        self.request, self.caller = request, caller

    @property
    def sees_personal(self) -> bool:
        """Whether the caller may see who people are."""
        return self.caller.sees_personal

    async def answer(self, question: Question, *, is_personal: bool = False, beside: str = "") -> Response:
        """Answer with what a question makes of the copy.

        question     called in a thread, unless the answer is known already
        is_personal  whether it shows people, so that it differs by what the caller may see
        beside       what else the answer depends on, besides the version, the address and the caller
        """
        copies: Copies = self.request.app.state.copies
        copy = await copies.newest()
        with copy.held():
            url = self.request.scope
            key = (url["path"], url["query_string"], is_personal and self.sees_personal, beside)
            etag = f'W/"{hashlib.sha256(repr((_FORM, copy.tag, key)).encode()).hexdigest()[:24]}"'
            headers = self._headers(copy, etag, is_personal and self.sees_personal)
            # A tag can only come from an answer to this very question; a date also from elsewhere, so that the question
            # has to be found good first.
            tags = self.request.headers.get("if-none-match")
            if tags is not None and etag in (tag.strip() for tag in tags.split(",")):
                return Response(status_code=304, headers=headers)
            made = await self._made(copy, key, question)
            if tags is None and self._has_seen(copy):
                return Response(status_code=304, headers=headers)
        return self._response(made, headers)

    async def _made(self, copy: Copy, key: Any, question: Question) -> Cached:
        known: Cached | None = copy.answers.get(key)
        observer = self.request.app.state.observer
        observer.cache(is_hit=known is not None)
        if known is not None:
            return known
        # Who asks the same at the same time waits for the same answer.
        task = copy.pending.get(key)
        if task is None:
            limiter = self.request.app.state.limiter
            task = asyncio.get_running_loop().create_task(_make(copy, key, question, limiter))
            # Where all who waited have hung up, nobody else would fetch its error.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            copy.pending[key] = task
        return await asyncio.shield(task)

    def _headers(self, copy: Copy, etag: str, is_named: bool) -> dict[str, str]:
        return {
            **self.caller.headers,
            **version_headers(copy),
            "ETag": etag,
            "Last-Modified": format_datetime(copy.seen_at, usegmt=True),
            "Cache-Control": _KEPT[is_named],
            "Vary": _VARY,
        }

    def _has_seen(self, copy: Copy) -> bool:
        """Whether the caller has read something since readers were moved to this version (RFC 9110, 13.1.3)."""
        since = self.request.headers.get("if-modified-since")
        try:
            return since is not None and parsedate_to_datetime(since) >= copy.seen_at.replace(microsecond=0)
        except (ValueError, TypeError):
            return False  # an unreadable date asks for nothing

    def _response(self, made: Cached, headers: dict[str, str]) -> Response:
        if made.zipped is not None and "gzip" in self.request.headers.get("accept-encoding", ""):
            return Response(made.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type="application/json")
        return Response(made.body, headers=headers, media_type="application/json")


async def _make(copy: Copy, key: Any, question: Question, limiter: anyio.CapacityLimiter) -> Cached:
    try:
        with copy.held():
            made = await anyio.to_thread.run_sync(lambda: _cached(question(copy)), limiter=limiter)
        if len(made) <= copy.answers.maxsize:
            copy.answers[key] = made
        return made
    finally:
        del copy.pending[key]


def _cached(told: Any) -> Cached:
    body = _encode(told)
    zipped = gzip.compress(body, 5, mtime=0) if len(body) >= _WORTH_ZIPPING_BYTES else None
    return Cached(body, zipped)


def version_headers(copy: Copy) -> dict[str, str]:
    """What every answer about the data says: of which version, and how old the data are."""
    return {
        "Countinghouse-Version": str(copy.version),
        "Countinghouse-As-Of": copy.as_of_at.isoformat().replace("+00:00", "Z"),
    }


def desk(request: Request, asking: Annotated[Caller, Depends(caller)]) -> Desk:
    """Dependency: the desk for this request."""
    return Desk(request, asking)


def no_parameters(request: Request) -> None:
    """Dependency of what takes no parameter: refuse every one."""
    for name in request.query_params:
        raise Problem(422, "parameters", f"{name[:100]}: there is no such parameter here; /docs lists them.")


AtDesk = Annotated[Desk, Depends(desk)]

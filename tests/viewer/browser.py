"""Chromium, driven over the DevTools protocol: just what the tests of pages need."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

BINARY = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = "Chromium is not installed: `apt-get install chromium`"
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--mute-audio"),
    *("--hide-scrollbars", "--remote-debugging-port=0", "--lang=en-US"),
)
_PATIENCE = 20.0


class Browser:
    """A Chromium with an empty profile, for as long as an `async with` lasts."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: list[Callable[[str, str, dict[str, Any]], None]] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start it."""
        assert BINARY is not None
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        process = await asyncio.create_subprocess_exec(
            BINARY,
            *_FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._stack.push_async_callback(_ended, process)
        assert process.stderr is not None
        async with asyncio.timeout(_PATIENCE):
            while b"DevTools listening on " not in (line := await process.stderr.readline()):
                assert line, "Chromium ended before it listened"
        drain = asyncio.create_task(_drain(process.stderr))
        self._stack.callback(drain.cancel)
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        address = line.decode().split("DevTools listening on ")[1].strip()
        self._socket = await session.ws_connect(address, max_msg_size=0)
        reading = asyncio.create_task(self._read())
        self._stack.callback(reading.cancel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        await self._socket.close()
        await self._stack.aclose()

    async def _read(self) -> None:
        async for message in self._socket:
            told = msgspec.json.decode(message.data)
            if "id" in told:
                answer = self._answers.pop(told["id"])
                if not answer.done():
                    answer.set_result(told)
            else:
                for listener in self._listeners:
                    listener(told.get("sessionId", ""), told["method"], told.get("params", {}))

    async def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Ask for something, and return what came of it."""
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_str(
            msgspec.json.encode(
                {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
            ).decode()
        )
        async with asyncio.timeout(_PATIENCE):
            told = await answer
        assert "error" not in told, f"{method}: {told.get('error')}"
        result: dict[str, Any] = told["result"]
        return result

    @contextlib.asynccontextmanager
    async def page(
        self, *, width: int = 1280, height: int = 900, dark: bool = False, beside: Page | None = None
    ) -> AsyncIterator[Page]:
        """A new tab with cookies and storage of its own, or with those of another one."""
        context = beside.context if beside else (await self.send("Target.createBrowserContext"))["browserContextId"]
        target = (await self.send("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, session, context)
        self._listeners.append(page.heard)
        try:
            for domain in ("Page", "Runtime", "Network", "Log"):
                await self.send(f"{domain}.enable", session)
            await page.size(width, height)
            await page.dark(on=dark)
            yield page
        finally:
            self._listeners.remove(page.heard)
            await self.send("Target.closeTarget", targetId=target)
            if beside is None:
                await self.send("Target.disposeBrowserContext", browserContextId=context)


class Page:
    """A tab.

    Attributes:
        requests: the addresses that it asked for.
        context: what its cookies and storage belong to.
        complaints: errors, and what the Content-Security-Policy refused, as the console has them.
    """

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self.context = context
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._browser = browser
        self._session = session

    def heard(self, session: str, method: str, told: dict[str, Any]) -> None:
        """Take in what the browser tells."""
        if session != self._session:
            return
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(told["entry"]["text"])

    async def open(self, address: str, *, ready: str = "document.documentElement.dataset.ready") -> None:
        """Go there, and wait until the page says that it is drawn."""
        await self._send("Page.navigate", url=address)
        await self.until(f"document.readyState === 'complete' && ({ready})")

    async def before(self, script: str) -> None:
        """Run this in each document before anything else: what an older browser lacks is taken away so."""
        await self._send("Page.addScriptToEvaluateOnNewDocument", source=script)

    async def cpu(self) -> float:
        """Seconds that the page's process has computed since it began."""
        await self._send("Performance.enable")
        told = await self._send("Performance.getMetrics")
        return next(float(one["value"]) for one in told["metrics"] if one["name"] == "ProcessTime")

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are waited for."""
        told = await self._send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(_PATIENCE):
            while not await self.evaluate(f"Boolean({condition})"):  # noqa: ASYNC110 - it is another process that acts
                await asyncio.sleep(0.02)

    async def go(self, place: str) -> None:
        """Follow a link inside the page, and wait until it is drawn."""
        drawn = int(await self.evaluate("document.documentElement.dataset.ready || 0"))
        await self.evaluate(f"location.hash = {msgspec.json.encode(place).decode()}")
        await self.until(f"Number(document.documentElement.dataset.ready) > {drawn}")

    async def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        await self._send("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, **text, **_virtual(key))
        await self._send("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, **_virtual(key))

    async def size(self, width: int, height: int) -> None:
        """Make the window as large; one below 500 pixels is a phone's."""
        phone = width < 500
        await self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    async def dark(self, *, on: bool) -> None:
        """Prefer dark colours, or light ones."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        await self._send("Emulation.setEmulatedMedia", features=[feature])

    async def picture(self, *, whole: bool = False) -> bytes:
        """What can be seen, or the whole page, as PNG."""
        told = await self._send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(told["data"])

    async def print(self) -> bytes:
        """The page as it is printed, as PDF."""
        told = await self._send("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.7)
        return base64.b64decode(told["data"])

    async def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self._browser.send(method, self._session, **parameters)


def _virtual(key: str) -> dict[str, int]:
    codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38}
    return {"windowsVirtualKeyCode": codes[key]} if key in codes else {}


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()

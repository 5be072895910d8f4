"""A worker process: one function app in Microsoft's own runtime, driven by the messages that Azure's host sends.

It promises to index the app or to say in the worker's own words why not, to run every call that it is given at the
same time as the others, and to end with its host, together with whatever it started. It writes exceptions of the
app, message and stack, to its own log, as Azure sends them to Application Insights; the host gets the type only.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from local.functions import protobuf
from local.functions.messages import Answer, Broken, Call, Indexed, Stop

type Upstream = Connection[Indexed | Broken | Answer, Call | Stop]
type Handler = Callable[[object], Awaitable[protobuf.Message]]


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """The shape in which Microsoft's proxy hands a message to the runtime."""

    name: str
    request: protobuf.Message
    properties: dict[str, object]


class Runtime:
    """Microsoft's runtime, with its state: one application per process."""

    def __init__(self, app: Path) -> None:
        import azure_functions_runtime  # type: ignore[import-untyped]

        self._app = app
        self._runtime: types.ModuleType = azure_functions_runtime
        self._protos = protobuf.load()

    async def index(self) -> Indexed | Broken:
        """Import the app and validate its functions."""
        protos = self._protos
        request = protos.WorkerInitRequest(host_version="4", function_app_directory=str(self._app))
        init = await self._send("worker_init_request", protos.StreamingMessage(worker_init_request=request))
        if init.result.status != protos.StatusResult.Success:
            print(init.result.exception.stack_trace, file=sys.stderr)
            return Broken(init.result.exception.message)
        found = await self._send("functions_metadata_request", protos.StreamingMessage())
        functions = protobuf.indexed(found)
        for one in functions:
            load = protos.FunctionLoadRequest(function_id=one.id)
            await self._send("function_load_request", protos.StreamingMessage(function_load_request=load))
        self._runtime.start_threadpool_executor()
        return Indexed(functions)

    async def invoke(self, call: Call) -> Answer:
        response = await self._send("invocation_request", protobuf.invocation(self._protos, call))
        if response.result.exception.stack_trace:
            print(f"invocation {call.invocation} failed\n{response.result.exception.stack_trace}", file=sys.stderr)
        return protobuf.answer(self._protos, response)

    def close(self) -> None:
        """Wait for the functions that still run."""
        self._runtime.stop_threadpool_executor()

    async def _send(self, name: str, message: protobuf.Message) -> protobuf.Message:
        handler: Handler = getattr(self._runtime, name)
        return await handler(WorkerRequest(name, message, {"host": "127.0.0.1", "protos": self._protos}))


async def serve(upstream: Upstream, app: Path) -> None:
    runtime = Runtime(app)
    verdict = await runtime.index()
    upstream.send(verdict)
    if isinstance(verdict, Broken):
        return
    stopped = asyncio.Event()
    running: set[asyncio.Task[None]] = set()

    async def run(call: Call) -> None:
        upstream.send(await runtime.invoke(call))

    def start(call: Call) -> None:
        task = asyncio.create_task(run(call))
        running.add(task)
        task.add_done_callback(running.discard)

    loop = asyncio.get_running_loop()
    arguments = (upstream, lambda call: loop.call_soon_threadsafe(start, call))
    listening = threading.Thread(
        target=_listen, args=(*arguments, lambda: loop.call_soon_threadsafe(stopped.set)), daemon=True
    )
    listening.start()
    await stopped.wait()
    await asyncio.gather(*running)
    runtime.close()


def _listen(upstream: Upstream, start: Callable[[Call], object], stop: Callable[[], object]) -> None:
    """In a thread of its own, so that the end of the host is seen even while the event loop is busy."""
    while True:
        try:
            message = upstream.recv()
        except (EOFError, OSError):
            os.killpg(0, signal.SIGKILL)  # the host is gone: nothing of ours may outlive it
        if isinstance(message, Stop):
            stop()
        else:
            start(message)


def _log(level: int) -> None:
    """As in Azure: the worker puts the root logger at INFO, and the host keeps what host.json's level lets through."""
    kept = logging.StreamHandler()
    kept.setLevel(level)
    logging.basicConfig(level=logging.INFO, handlers=[kept], format="%(asctime)s %(levelname)s %(name)s %(message)s")


def main() -> None:
    parser = argparse.ArgumentParser(description="A worker of the local functions host.")
    parser.add_argument("--channel", type=int, required=True, help="file descriptor of the socket to the host")
    parser.add_argument("--app", type=Path, required=True)
    parser.add_argument("--level", type=int, default=logging.INFO, help="the log level of host.json")
    options = parser.parse_args()
    os.set_inheritable(options.channel, False)  # else a child of the app would keep the channel open
    sys.path[0] = str(options.app)  # the app sees its own folder, as in Azure, not ours
    os.chdir(options.app)
    _log(options.level)
    asyncio.run(serve(Connection(options.channel), options.app))


if __name__ == "__main__":
    main()

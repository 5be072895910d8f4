"""Microsoft's protobuf messages for workers, and the way between them and ours. Loaded by worker processes only.

The generated classes come in `azure-functions-runtime-v1` under a top-level package named `tests`, which collides
with ours: they are loaded by path, under a name of our own, without that package's `__init__` (it wants gRPC).
"""

import importlib
import importlib.metadata
import sys
import types
from pathlib import Path
from typing import Any

from local.functions.messages import (
    Answer,
    Call,
    HttpAnswer,
    HttpCall,
    IndexedFunction,
    Json,
    Payload,
    Raw,
    Returned,
    Text,
)

PACKAGE = "functions_protobuf"
FOLDERS = {"": "", ".identity": "identity", ".shared": "shared"}
SOURCES = ("FunctionRpc_pb2", "identity.ClaimsIdentityRpc_pb2", "shared.NullableTypes_pb2")

type Message = Any  # generated classes have no types; they do not leave this module and the worker


def load() -> types.SimpleNamespace:
    """Every generated message by name, as Microsoft's worker expects to find them on one object."""
    distribution = importlib.metadata.distribution("azure-functions-runtime-v1")
    root = Path(str(distribution.locate_file("tests/protos")))
    for suffix, folder in FOLDERS.items():
        package = types.ModuleType(PACKAGE + suffix)
        package.__path__ = [str(root / folder)]
        sys.modules[PACKAGE + suffix] = package
    found: dict[str, object] = {}
    for source in SOURCES:
        found.update(vars(importlib.import_module(f"{PACKAGE}.{source}")))
    return types.SimpleNamespace(**found)


def invocation(protos: types.SimpleNamespace, call: Call) -> Message:
    """The StreamingMessage that Azure's host would send for this call."""
    data = protos.ParameterBinding(name=call.parameter, data=_typed(protos, call.payload))
    metadata = {name: protos.TypedData(json=text) for name, text in call.metadata.items()}
    return protos.StreamingMessage(
        invocation_request=protos.InvocationRequest(
            invocation_id=call.invocation,
            function_id=call.function_id,
            input_data=[data],
            trigger_metadata=metadata,
            trace_context=protos.RpcTraceContext(trace_parent=call.traceparent),
        )
    )


def _typed(protos: types.SimpleNamespace, payload: Payload) -> Message:
    match payload:
        case Json(text):
            return protos.TypedData(json=text)
        case Text(text):
            return protos.TypedData(string=text)
        case Raw(data):
            return protos.TypedData(bytes=data)
        case HttpCall():
            return protos.TypedData(http=_http(protos, payload))


def _http(protos: types.SimpleNamespace, call: HttpCall) -> Message:
    return protos.RpcHttp(
        method=call.method,
        url=call.url,
        headers=dict(call.headers),
        query=dict(call.query),
        params=dict(call.params),
        body=protos.TypedData(bytes=call.body),
    )


def answer(protos: types.SimpleNamespace, response: Message) -> Answer:
    """What a function's InvocationResponse says. The exception's message, which may quote content, stays here."""
    if response.result.status == protos.StatusResult.Success:
        return Answer(response.invocation_id, None, _returned(response.return_value))
    name = response.result.exception.message.partition(":")[0]
    return Answer(response.invocation_id, name if name.isidentifier() else "Exception")


def _returned(value: Message) -> Returned:
    match value.WhichOneof("data"):
        case "http":
            body = _returned(value.http.body)
            status = int(value.http.status_code or 200)
            return HttpAnswer(status, dict(value.http.headers), body.data if isinstance(body, Raw) else b"")
        case "string":
            return Text(value.string)
        case "bytes":
            return Raw(value.bytes)
        case "json":
            return Json(value.json)
        case "int":
            return Json(str(value.int))
        case "double":
            return Json(repr(value.double))
        case _:
            return None


def indexed(metadata: Message) -> tuple[IndexedFunction, ...]:
    found = metadata.function_metadata_results
    return tuple(IndexedFunction(one.name, one.function_id, tuple(one.raw_bindings)) for one in found)

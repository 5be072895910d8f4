"""Drives, items, permissions and errors as Microsoft Graph v1.0 writes them. Every shape is held against its schema."""

import base64
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

import numpy as np

from local.server import Response, json_response
from local.sharepoint.drive import Drive, Grant, State

Json = dict[str, object]
BLOCK = 160  # bytes after which QuickXorHash's shifts repeat: 11 bits each, around 160 bits
SHIFT = 11


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").replace(".000000", "")


def ctag(state: State) -> str:
    return f'"c:{{{state.id}}},{state.edits}"'


def etag(state: State) -> str:
    return f'"{{{state.id}}},{state.changes}"'


def item(drive: Drive, state: State, at: float, *, with_path: bool, base_url: str = "") -> Json:
    """`with_path`: a delta leaves the folder's path out, since a rename of a folder does not bring its items."""
    shape: Json = {
        "id": state.id,
        "name": state.name,
        "size": state.size,
        "eTag": etag(state),
        "cTag": ctag(state),
        "createdDateTime": moment(drive.items[state.id][0][0]),
        "lastModifiedDateTime": moment(state.modified or drive.items[state.id][0][0]),
        "webUrl": f"https://tenant.sharepoint.com/{quote(drive.path(state, at))}",
        "parentReference": reference(drive, state, at, with_path=with_path),
    }
    if not state.parent:
        shape["root"] = {}
    if state.is_folder:
        shape["folder"] = {"childCount": len(drive.children(state.id, at)) if with_path else 0}
        return shape
    hashes = {"quickXorHash": quick_xor_hash_of(drive, state.content)}
    shape["file"] = {"mimeType": state.media_type, "hashes": hashes}
    if base_url:
        shape["@microsoft.graph.downloadUrl"] = f"{base_url}/_content/{drive.id}/{state.id}?tempauth={state.content}"
    return shape


def deleted(drive: Drive, state: State, *, bare: bool) -> Json:
    """What a delta says of an item that went. `bare`: hardly more than its id."""
    if bare:
        return {"id": state.id, "deleted": {"state": "deleted"}}
    return {
        "id": state.id,
        "name": state.name,
        "parentReference": {"driveId": drive.id, "driveType": "documentLibrary", "id": state.parent},
        "folder" if state.is_folder else "file": {},
        "deleted": {"state": "deleted"},
    }


def reference(drive: Drive, state: State, at: float, *, with_path: bool) -> Json:
    shape: Json = {"driveId": drive.id, "driveType": "documentLibrary"}
    if state.parent:
        shape["id"] = state.parent
        parent = drive.known(state.parent, at)
        if with_path and parent is not None:
            shape["path"] = f"/drives/{drive.id}/root:{_encoded(drive.path(parent, at))}"
    return shape


def _encoded(path: str) -> str:
    return f"/{quote(path)}" if path else ""


def permission(drive: Drive, grant: Grant, stands_on: State, state: State, at: float) -> Json:
    shape: Json = {"id": grant.id, "roles": [grant.role]}
    if stands_on.id != state.id:
        shape["inheritedFrom"] = {**reference(drive, stands_on, at, with_path=True), "id": stands_on.id}
    match grant.kind:
        case "organization" | "anonymous":
            shape["link"] = {"scope": grant.kind, "type": "view", "webUrl": "https://tenant.sharepoint.com/:b:/s"}
            shape["hasPassword"] = grant.password
        case "users":
            shape["link"] = {"scope": "users", "type": "view", "webUrl": "https://tenant.sharepoint.com/:b:/s"}
            shape["grantedToIdentitiesV2"] = [{"user": {"id": it}} for it in grant.to.split()]
        case "site_group":
            shape["grantedToV2"] = {"siteGroup": {"id": grant.to, "loginName": "Members", "displayName": "Members"}}
        case kind:
            shape["grantedToV2"] = {kind: {"id": grant.to, "displayName": "Somebody"}}
    return shape


def drive(it: Drive) -> Json:
    return {
        "id": it.id,
        "name": it.name,
        "driveType": "documentLibrary",
        "createdDateTime": moment(it.items[it.root][0][0]),
        "lastModifiedDateTime": moment(it.items[it.root][-1][0]),
        "webUrl": f"https://tenant.sharepoint.com/{quote(it.name)}",
    }


def site(site_id: str, name: str) -> Json:
    return {
        "id": site_id,
        "name": name,
        "displayName": name,
        "createdDateTime": moment(0.0),
        "lastModifiedDateTime": moment(0.0),
        "webUrl": f"https://tenant.sharepoint.com/sites/{quote(name)}",
    }


def error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error": {"code": code, "message": message, "innerError": {"date": moment(0.0), "request-id": "0"}}}
    return json_response(status, body, headers)


@lru_cache(maxsize=20_000)
def _hash(content: bytes) -> str:
    return quick_xor_hash(content)


def quick_xor_hash_of(it: Drive, digest: str) -> str:
    return _hash(it.contents[digest])


def quick_xor_hash(content: bytes) -> str:
    """SharePoint's checksum of a file (learn.microsoft.com, "QuickXorHash algorithm"), in base64."""
    padded = content + b"\0" * (-len(content) % BLOCK)
    columns = np.bitwise_xor.reduce(np.frombuffer(padded, np.uint8).reshape(-1, BLOCK), axis=0) if padded else []
    total = 0
    for place, byte in enumerate(columns):
        turn = place * SHIFT % 160
        total ^= (int(byte) << turn) | (int(byte) >> (160 - turn))
    total = (total & ((1 << 160) - 1)) ^ (len(content) << 96)
    return base64.b64encode(total.to_bytes(20, "little")).decode()

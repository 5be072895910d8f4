"""A drive's delta: what changed since a token, page by page, in the order and with the gaps that Graph has.

A token is a place in the drive's journal. A page's token carries the place of its first page as well: what changes
meanwhile belongs to the next delta.
"""

from dataclasses import dataclass

from local.server import Request, Response, json_response
from local.sharepoint import shapes
from local.sharepoint.drive import Drive
from local.sharepoint.shapes import Json, error
from local.sharepoint.switches import SwitchBoard

RESYNC = ("resyncChangesApplyDifferences", "resyncChangesUploadDifferences")


@dataclass(frozen=True, slots=True)
class Deltas:
    switches: SwitchBoard

    def answer(self, request: Request, drive: Drive, at: float, url: str) -> Response:
        """One page, as things stood `at` that time. `url`: of the service."""
        token = request.query.get("token", "")
        if token == "latest":  # noqa: S105 - Graph's word for "from now on"
            _, until = drive.changes(0, at)
            return _page(url, drive, [], f"{until}", "deltaLink")
        location = {"Location": f"{url}{request.raw_path}"}
        if token and (gone := self.switches.once("resync")):
            return error(410, RESYNC[int(gone) - 1], "Resync required.", location)
        try:
            since, _, place = token.partition("~")
            first, until, start = _listing(drive, since, place, at)
            if since not in ("", "all"):
                first = [*self._above(drive, request, [it for it, _ in first], drive.log[until - 1].at), *first]
        except ValueError:
            return error(410, RESYNC[0], "The delta token is not valid.", location)
        size = int(self.switches.now.page)
        values = [it for item, shared in first[start : start + size] for it in self._told(drive, item, shared, at)]
        if start + size < len(first):
            return _page(url, drive, values, f"{since or 'all'}~{until}.{start + size}", "nextLink")
        return _page(url, drive, values, str(until), "deltaLink")

    def _above(self, drive: Drive, request: Request, changed: list[str], at: float) -> list[tuple[str, bool]]:
        """The folders over what changed, though nothing of them did: the root always, the others unless unwanted."""
        states = [it for it in (drive.known(item, at) for item in changed) if it is not None]
        over = {above.id: above for it in states for above in reversed(list(drive.ancestors(it, at)))}
        unwanted = request.headers.get("deltaexcludeparent", "").lower() == "true" and not self.switches.now.ancestors
        told = [it for it in over.values() if not it.deleted and it.id not in changed]
        return [(it.id, False) for it in told if not unwanted or not it.parent]

    def _told(self, drive: Drive, item: str, shared: bool, at: float) -> list[Json]:
        """An item in a delta, without its folder's path; now and then twice, the older state first."""
        state = drive.known(item, at)
        if state is None:
            return []
        if state.deleted:
            return [shapes.deleted(drive, state, bare=bool(self.switches.now.bare_deletes))]
        shape = shapes.item(drive, state, at, with_path=False)
        if shared and not (state.is_folder and self.switches.now.unmarked_folders):
            shape["@microsoft.graph.sharedChanged"] = "True"
        past = drive.items[item]
        twice = len(past) > 1 and not past[-2][1].deleted and self.switches.hits(self.switches.now.repeats)
        return [shapes.item(drive, past[-2][1], at, with_path=False), shape] if twice else [shape]


def _page(url: str, drive: Drive, values: list[Json], token: str, link: str) -> Response:
    following = f"{url}/v1.0/drives/{drive.id}/items/root/delta()?token={token}"
    return json_response(200, {"value": values, f"@odata.{link}": following})


def _listing(drive: Drive, since: str, place: str, at: float) -> tuple[list[tuple[str, bool]], int, int]:
    """What a token stands for: the items, the token that follows, and where the page starts. ValueError: none."""
    until, _, start = place.partition(".")
    if since and since != "all" and not 0 <= int(since) <= len(drive.log):
        raise ValueError(since)
    if until:
        at = drive.log[int(until) - 1].at if int(until) else 0.0
    if since and since != "all":
        items, reached = drive.changes(int(since), at)
    else:
        everything, reached = drive.everything(at)
        items = [(it, False) for it in everything]
    return items, int(until) if until else reached, int(start or 0)

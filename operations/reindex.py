"""`greffe reindex --rebuild`: a new index beside the old one, filled and swapped in with its progress; or given up."""

import time
from collections.abc import Callable

from ingestion.adapters.build import Services
from ingestion.errors import Refuse
from ingestion.model import Cabinet, IndexName, IndexState
from operations.onboard import new_index

POLL = 1.0  # seconds


def rebuild(services: Services, cabinet: Cabinet, seconds: float, told: Callable[[int], None]) -> dict[str, object]:
    """Begin, or go on with, a rebuild. `told`: how many documents agree. It goes on by itself when we stop waiting."""
    if not any(it.state is IndexState.BUILDING for it in cabinet.indexes):
        _begin(services, cabinet)
        services.audit.record(cabinet.id, "rebuild_begun")
    end, step = time.monotonic() + seconds, "building"
    while step == "building" and time.monotonic() < end:
        time.sleep(POLL)
        current = _now(services, cabinet)
        told(services.rebuild.progress(current).agreed)
        step = services.rebuild.advance(current)
    return {"cabinet": cabinet.id, "step": step, "active_index": _now(services, cabinet).active.name}


def abandon(services: Services, cabinet: Cabinet) -> str:
    """Give a rebuild up that cannot end: the new index goes, the old one was never touched. The index's name.

    Raises:
        Refuse: none is under way.
    """
    current = _now(services, cabinet)
    new = next((it for it in current.indexes if it.state is IndexState.BUILDING), None)
    if new is None:
        raise Refuse("no_rebuild", f"cabinet {cabinet.id} is not being rebuilt; there is nothing to abandon")
    services.audit.record(cabinet.id, "rebuild_abandoned", index=new.name)
    services.rebuild.abandon(current)
    return new.name


def _begin(services: Services, cabinet: Cabinet) -> None:
    index = new_index(services, cabinet.id, IndexState.BUILDING)
    try:
        services.rebuild.begin(cabinet, index)
    except Refuse:  # somebody else was first: nobody knows of ours
        services.rebuild.service(index.endpoint).drop(IndexName(index.name))
        raise


def _now(services: Services, cabinet: Cabinet) -> Cabinet:
    saved = services.registry.load(cabinet.id)
    return saved.cabinet if saved else cabinet

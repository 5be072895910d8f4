"""What the service counts of itself, and what it allows: the quotas of a Standard service, save that of indexes."""

from local.search.catalog import Catalog
from local.search.wire import Json

GIB = 1024**3


def service_statistics(catalog: Catalog) -> dict[str, Json]:
    return {"counters": _counters(catalog), "limits": _LIMITS}


def _counters(catalog: Catalog) -> dict[str, Json]:
    counted = [index.statistics() for index in catalog.indexes()]

    def counter(name: str, quota: int | None) -> dict[str, Json]:
        return {
            "usage": sum(value for part in counted if isinstance(value := part[name], int)),
            "quota": quota,
        }

    quota = catalog.quota
    return {
        "documentCount": counter("documentCount", None),
        "indexesCount": {"usage": len(counted), "quota": quota},
        "indexersCount": {"usage": 0, "quota": quota},
        "dataSourcesCount": {"usage": 0, "quota": quota},
        "storageSize": counter("storageSize", 15 * GIB),
        "synonymMaps": {"usage": 0, "quota": 3},
        "skillsetCount": {"usage": 0, "quota": quota},
        "aliasesCount": {"usage": len(catalog.aliases()), "quota": 2 * quota},
        "vectorIndexSize": counter("vectorIndexSize", 5 * GIB),
    }


_LIMITS: dict[str, Json] = {
    "maxStoragePerIndex": 15 * GIB,
    "maxFieldsPerIndex": 1000,
    "maxFieldNestingDepthPerIndex": 10,
    "maxComplexCollectionFieldsPerIndex": 40,
    "maxComplexObjectsInCollectionsPerDocument": 3000,
}

"""What holds for every test: those that share the local cloud run in one worker, one after another."""

import pytest


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("local_cloud"):
            item.add_marker(pytest.mark.xdist_group("local_cloud"))

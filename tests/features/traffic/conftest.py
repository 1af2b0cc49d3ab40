from tests.features.traffic.world import source, tree  # noqa: F401

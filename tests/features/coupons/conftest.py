from tests.features.shop.conftest import shop, till

__all__ = ["shop", "till"]

"""How the order exports of platforms look, a file each, as they were in the year that it names.

Platforms rename and move columns without notice. Then `--map FIELD=COLUMN` helps for today, and a line here for good.
A preset says where the goods' own amount stands: what was paid after discounts, without postage.
"""

from siyu.features.commerce.imports.presets import douyin, taobao, xiaohongshu, youzan

PRESETS = (taobao.ITEMS, taobao.ORDERS, douyin.ORDERS, xiaohongshu.ORDERS, youzan.ITEMS, youzan.ORDERS)
"""Asked in this order whether a file is theirs."""

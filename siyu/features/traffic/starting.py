"""A sensible tree to begin with, offered once and the operator's own from then on; and rules that know its traffic."""

from datetime import datetime

from django.db import transaction

from siyu.features.traffic import ruling, tree
from siyu.features.traffic.models import Channel, Platform

PLATFORMS = (
    # code, name, domain
    ("douyin", "抖音 Douyin", "public"),
    ("kuaishou", "快手 Kuaishou", "public"),
    ("xiaohongshu", "小红书 Xiaohongshu", "public"),
    ("weibo", "微博 Weibo", "public"),
    ("bilibili", "哔哩哔哩 Bilibili", "public"),
    ("wechat-channels", "视频号 WeChat Channels", "public"),
    ("zhihu", "知乎 Zhihu", "public"),
    ("taobao", "淘宝 Taobao", "public"),
    ("baidu", "百度 Baidu", "public"),
    ("google", "Google", "public"),
    ("instagram", "Instagram", "public"),
    ("facebook", "Facebook", "public"),
    ("tiktok", "TikTok", "public"),
    ("youtube", "YouTube", "public"),
    ("x", "X", "public"),
    ("ocean-engine", "巨量引擎 Ocean Engine", "commercial"),
    ("tencent-ads", "腾讯广告 Tencent Ads", "commercial"),
    ("juguang", "聚光 Juguang", "commercial"),
    ("alimama", "阿里妈妈 Alimama", "commercial"),
    ("baidu-ads", "百度营销 Baidu Ads", "commercial"),
    ("google-ads", "Google Ads", "commercial"),
    ("meta-ads", "Meta Ads", "commercial"),
    ("tiktok-ads", "TikTok Ads", "commercial"),
    ("official-account", "公众号 Official account", "private"),
    ("wecom", "企业微信 WeCom", "private"),
    ("mini-program", "小程序 Mini-program", "private"),
    ("site", "自有站点 Own site and app", "private"),
    ("messages", "短信与邮件 SMS and e-mail", "private"),
    ("store", "门店 Store", "private"),
)
RULES: tuple[tuple[int, dict[str, str], str], ...] = (
    # place, what is seen, channel: paid before free, what links say before where they stood
    (10, {"utm_source": "google", "utm_medium": "cpc"}, "google-ads"),
    (10, {"utm_source": "baidu", "utm_medium": "cpc"}, "baidu-ads"),
    (10, {"utm_source": "facebook", "utm_medium": "paid*"}, "meta-ads"),
    (10, {"utm_source": "instagram", "utm_medium": "paid*"}, "meta-ads"),
    (10, {"utm_source": "tiktok", "utm_medium": "paid*"}, "tiktok-ads"),
    (10, {"utm_source": "douyin", "utm_medium": "paid*"}, "ocean-engine"),
    (10, {"utm_source": "xiaohongshu", "utm_medium": "paid*"}, "juguang"),
    (10, {"utm_source": "wechat", "utm_medium": "paid*"}, "tencent-ads"),
    (20, {"utm_medium": "email"}, "messages"),
    (20, {"utm_medium": "sms"}, "messages"),
    *((50, {"utm_source": code}, code) for code in (
        "douyin", "kuaishou", "xiaohongshu", "weibo", "bilibili", "zhihu", "taobao", "baidu", "google", "instagram",
        "facebook", "tiktok", "youtube", "wecom")),
    *((80, {"host": host}, code) for host, code in (
        ("douyin.com", "douyin"), ("kuaishou.com", "kuaishou"), ("xiaohongshu.com", "xiaohongshu"),
        ("weibo.com", "weibo"), ("weibo.cn", "weibo"), ("bilibili.com", "bilibili"), ("zhihu.com", "zhihu"),
        ("taobao.com", "taobao"), ("baidu.com", "baidu"), ("google.*", "google"), ("instagram.com", "instagram"),
        ("facebook.com", "facebook"), ("tiktok.com", "tiktok"), ("youtube.com", "youtube"), ("t.co", "x"),
        ("mp.weixin.qq.com", "official-account"), ("work.weixin.qq.com", "wecom"),
        ("servicewechat.com", "mini-program"),
    )),
)  # fmt: skip


@transaction.atomic
def plant(*, by: str, at: datetime) -> int:
    """A channel on each platform, under the same code, and the rules; what is there already stays as it is."""
    known = set(Platform.objects.values_list("code", flat=True)) | set(Channel.objects.values_list("code", flat=True))
    fresh = [row for row in PLATFORMS if row[0] not in known]
    for code, name, domain in fresh:
        tree.open_platform(code=code, name=name, domain=domain, at=at)
        tree.open_channel(code=code, name=name, platform=code, by=by, at=at)
    made = {code for code, *_ in fresh}
    for place, seen, channel in RULES:
        if channel in made:
            ruling.write(place=place, channel=channel, by=by, at=at, **seen)
    return len(fresh)

"""Words of links: where one is opened, what form it takes there, and how that is known."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WAYS: dict[str, str | Promise] = {
    # apps and systems in which a link is opened, and kinds of targets
    "wechat": _("WeChat"),
    "wecom": _("WeCom"),
    "qq": _("QQ"),
    "douyin": _("Douyin"),
    "kuaishou": _("Kuaishou"),
    "xiaohongshu": _("Xiaohongshu"),
    "weibo": _("Weibo"),
    "alipay": _("Alipay"),
    "taobao": _("Taobao"),
    "dingtalk": _("DingTalk"),
    "feishu": _("Feishu"),
    "plain": _("A browser"),
    "desktop": _("Desktop"),
    "ios": "iOS",
    "android": "Android",
    "harmony": _("HarmonyOS"),
    "jd": _("JD"),
    "pinduoduo": _("Pinduoduo"),
    "mini_program": _("Mini-program"),
    "store": _("App Store"),
    "own": _("Our own pages"),
    "web": _("Any other site"),
    "app": _("An app"),
    "*": _("any"),
    # what form a link takes there
    "direct": _("Leads there at once"),
    "universal_link": _("Opens the app or the page"),
    "browser": _("Page: open it in the browser"),
    "copy": _("Page: copy the address"),
    "qr": _("Page: scan a code"),
    "password": _("Asks for a password"),
    "gone": _("Says that it is over"),
    "picture": _("Shows a picture"),
    "fallback": _("Fallback"),
    # how that is known
    "official": _("From the platform's papers"),
    "press": _("Reported"),
    "assumed": _("Assumed"),
    # with what somebody pays
    "any": _("Either wallet"),
    "other": _("Neither wallet"),
    # states and pools
    "running": _("Running"),
    "expired": _("Expired"),
    "off": _("Off"),
    "full": _("Full"),
    "retired": _("Retired"),
    "paused": _("Paused"),
    "staff": _("Staff"),
    "pages": _("Pages"),
}


def way(code: str) -> str:
    """A word of links; what is none is said as it is."""
    return str(WAYS.get(code, code))


def spelled(text: str) -> str:
    """Several of them, such as an app and a system."""
    return " ".join(way(part) for part in str(text).split(" "))

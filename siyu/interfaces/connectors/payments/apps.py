from django.apps import AppConfig
from django.conf import settings


class PaymentsConfig(AppConfig):
    name = "siyu.interfaces.connectors.payments"
    label = "payments"

    def ready(self) -> None:
        from siyu.features.commerce.payments import add
        from siyu.interfaces.connectors.payments.by_hand import ByHand

        add(ByHand("cash"))
        if settings.SIYU.bank_account:
            add(ByHand("offline"))
        if settings.SIYU.demo_payments:
            from siyu.interfaces.connectors.payments.demo import Demo

            add(Demo())
        if settings.SIYU.wechat_pay:
            from siyu.interfaces.connectors.payments.wechat import WAYS, WeChat, account

            mine = account(settings.SIYU.wechat_pay)
            for way in WAYS:
                add(WeChat(way, mine))
        if settings.SIYU.alipay:
            from siyu.interfaces.connectors.payments import alipay

            shop = alipay.account(settings.SIYU.alipay)
            for name in alipay.WAYS:
                add(alipay.Alipay(name, shop))

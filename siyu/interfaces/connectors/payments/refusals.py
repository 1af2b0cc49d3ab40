"""What gateways say no to."""

from siyu.kit.refusals import Refused


class Unreachable(Refused):
    """Nobody knows whether it was done; asking again with the same number is safe."""

    code = "gateway_unreachable"
    status = 503


class GatewayRefused(Refused):
    code = "gateway_refused"
    status = 502


class Forged(Refused):
    code = "bad_signature"
    status = 401


class OtherMerchant(Refused):
    code = "other_merchant"
    status = 409


class BadNotice(Refused):
    code = "bad_notice"
    status = 400


class NotForThisWay(Refused):
    """Such as another currency, or a buyer whose WeChat account nobody knows."""

    code = "not_payable_so"
    status = 422

"""Words for codes, as a member reads them."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from siyu.core.team.signin import TooManyTries
from siyu.kit.formats import clock
from siyu.kit.refusals import Refused

CHANNELS: dict[str, str | Promise] = {
    "inapp": _("In the app"),
    "sms": _("SMS"),
    "email": _("E-mail"),
    "phone": _("Phone call"),
    "mail": _("Post"),
    "wechat": _("WeChat"),
    "wecom": _("WeCom"),
    "mini_program": _("Mini-program"),
    "app_push": _("App push"),
    "web_push": _("Web push"),
    "ads": _("Matching with ad platforms"),
}
PURPOSES: dict[str, str | Promise] = {
    "marketing": _("Offers"),
    "service": _("Service"),
    "social": _("Friends"),
}
KINDS: dict[str, str | Promise] = {"phone": _("Phone"), "email": _("E-mail")}

STATES: dict[str, str | Promise] = {
    "to_pay": _("To be paid"),
    "preparing": _("Being prepared"),
    "on_the_way": _("On its way"),
    "to_fetch": _("Ready to be picked up"),
    "done": _("Completed"),
    "cancelled": _("Cancelled"),
    "lapsed": _("Not paid in time"),
}
WAYS: dict[str, tuple[str | Promise, str | Promise]] = {
    "demo": (_("Demo payment"), _("Nothing is charged.")),
    "cash": (_("Pay in the store"), _("Cash or card, when you pick it up.")),
    "offline": (_("Bank transfer"), _("The shop confirms when it has come.")),
    "wechat": (_("WeChat Pay"), _("Scan a code with your phone.")),
    "wechat_jsapi": (_("WeChat Pay"), ""),
    "wechat_h5": (_("WeChat Pay"), _("Opens WeChat.")),
    "alipay": (_("Alipay"), _("Opens Alipay.")),
    "alipay_page": (_("Alipay"), ""),
}
"""Ways to pay: what they are called, and what is to know of them."""

SPANS: dict[str, str | Promise] = {
    "lifetime": _("ever"),
    "month": _("this month"),
    "quarter": _("this quarter"),
    "year": _("this year"),
    "level": _("since your level"),
    "anniversary": _("since your anniversary"),
}
DONE: dict[str, str | Promise] = {
    "order.placed": _("Orders"),
    "order.received": _("Orders received"),
    "order.opened": _("Orders"),
    "member.checked_in": _("Check-ins"),
    "member.signed_in": _("Sign-ins"),
    "member.joined": _("Becoming a member"),
    "streak.reached": _("Streaks"),
    "task.completed": _("Tasks completed"),
    "badge.awarded": _("Badges"),
    "consent.given": _("Permissions given"),
}
"""What a step of a task counts, where it has no title of its own."""

MOVED: dict[str, str | Promise] = {
    "earn": _("Earned"),
    "mature": _("Can be used now"),
    "spend": _("Exchanged in the mall"),
    "hold": _("Paid with"),
    "release": _("Order given up"),
    "refund": _("Came back with goods"),
    "reverse": _("Taken back with goods"),
    "expire": _("Expired"),
    "debt": _("Paid what was owed"),
}
"""Why points came or went."""

REFUSALS: dict[str, str | Promise] = {
    "not_enough": _("You have fewer points than that."),
    "no_such_item": _("That is not in the mall any more."),
    "limit_reached": _("You have had it as often as one can."),
    "no_contact": _("That is no phone number and no e-mail address."),
    "wrong_code": _("That code is wrong or too old. Ask for a new one."),
    "not_sent": _("The code could not be sent. Please ask again."),
    "bad_member_name": _("A name has 1 to 50 characters."),
    "no_such_listing": _("That is not for sale any more."),
    "not_for_sale": _("That is not for sale any more."),
    "nothing_to_buy": _("Choose how many: 1 to 9,999 of at most 100 things."),
    "sold_out": _("Somebody was quicker: less of it is left than you want."),
    "no_address": _("Say where it goes: name, phone, region and street, or a store."),
    "key_reused": _("That was another order. Look at the cart again."),
    "not_payable": _("That order is paid already, or was closed."),
    "no_such_gateway": _("That way to pay is not there. Choose another one."),
    "no_such_order": _("There is no such order."),
    "nothing_to_refund": _("Choose pieces that can still go back."),
    "already_asked": _("You have asked already; we are looking at it."),
    "too_late_to_cancel": _("It has left already. Ask for a refund instead."),
    "cannot_ship": _("It has not left yet."),
    "already_handed": _("It was handed over already."),
    "already_checked_in": _("You have checked in today already."),
    "nothing_to_make_up": _("That day was not missed, or cannot be made up any more."),
    "no_card": _("You have no make-up card left."),
    "no_such_certificate": _("There is no such certificate."),
    "bad_badge": _("A certificate shows your name, its first letter, or nobody."),
    "no_such_code": _("There is no such code, or somebody else has it."),
    "coupon_not_issued": _("That coupon is not given out now."),
    "no_coupons_left": _("That coupon is gone: all are given out."),
    "enough_coupons": _("You have had as many of it as there are for you."),
    "coupon_gone": _("One of the coupons cannot be used any more. Look again before you order."),
    "budget_spent": _("Too many have used that coupon; nothing is left for it."),
    "wrong_password": _("That is not the password."),
    "not_stored": _("Please try again in a moment."),
    "no_such_plan": _("That membership is not on sale any more."),
    "no_such_membership": _("You have bought no such membership."),
    "membership_used_up": _("Nothing of it is left to give back."),
    "lower_tier": _("You hold a higher one; this one can follow when that has ended."),
    "already_buying": _("Another order of yours for a membership waits for its money: pay or cancel that first."),
    "credit_too_large": _("More is left of your membership than this one costs: choose a longer one."),
    "membership_alone": _("A membership is bought once, and in an order of its own."),
    "price_changed": _("The price has changed. Look at it again before you order."),
    "bad_subscription": _("This browser cannot show our messages."),
    "no_such_consent": _("There is nothing of that kind to allow."),
}

WHY_NOT: dict[str, str | Promise] = {
    "below_minimum": _("The goods that it holds for cost too little."),
    "wrong_products": _("It holds for other goods."),
    "expired": _("It has expired."),
    "not_yet": _("It cannot be used yet."),
    "does_not_stack": _("It is used alone."),
    "one_of_its_group": _("Only one of this sort is used."),
    "budget_spent": _("Too many have used it; nothing is left for it."),
    "nothing_left": _("There is nothing left to take off."),
    "too_many": _("Ten are used already."),
    "reserved": _("Another order of yours holds it."),
    "redeemed": _("It was used."),
    "reversed": _("It was used."),
    "void": _("It was taken back."),
    "": _("Not chosen."),
}
"""Why a coupon is not used."""
COUPONS: dict[str, str | Promise] = {
    "usable": "",
    "soon": _("Not yet"),
    "reserved": _("Held by an order"),
    "used": _("Used"),
    "over": _("Expired"),
}


def refusal(no: Refused) -> str:
    """The sentence for members. What the verb itself says is the fall-back."""
    if isinstance(no, TooManyTries):
        return gettext("Too many tries. Try again after %(time)s.") % {"time": clock(no.until)}
    known = REFUSALS.get(no.code)
    return str(known) if known is not None else no.message

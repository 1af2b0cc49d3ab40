"""Words for codes. The code is what programs see; the word is what an operator reads, in the chosen language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siyu.core.team.roles import ROLES
from siyu.kit.formats import chinese, masked
from siyu.kit.refusals import Refused

WORDS: dict[str, str | Promise] = {
    "not_paid": _("not paid yet"),
    "order_unknown": _("its order is not known yet"),
    "test_order": _("a test order"),
    "unknown_topic": _("a topic that this house takes nothing from"),
    "no_goods": _("no goods in it"),
    "bad_letter": _("cannot be read"),
    "discarded": _("thrown away"),
    "currency_without_rate": _("no rate for its currency"),
    "never_paid": _("closed without being paid"),
    # stages of a customer's life
    "prospect": _("Prospect"),
    "new": _("New"),
    "active": _("Active"),
    "loyal": _("Loyal"),
    "at_risk": _("At risk"),
    "lapsed": _("Lapsed"),
    "won_back": _("Won back"),
    # states and queues of orders, ways to the buyer, what a listing is, why stock moved
    "paid": _("Paid"),
    "ready": _("Ready to fetch"),
    "shipped": _("Shipped"),
    "received": _("Received"),
    "closed": _("Closed"),
    "cancelled": _("Cancelled"),
    "refunded": _("Refunded"),
    "ship": _("To ship"),
    "pack": _("To pack"),
    "fetch": _("To be fetched"),
    "requests": _("Refunds asked for"),
    "invoices": _("Invoices to issue"),
    "money": _("Money on its way back"),
    "pick_up": _("Picked up"),
    "none": _("Nothing to deliver"),
    "goods": _("Goods"),
    "digital": _("Digital"),
    "course": _("Course"),
    "shown": _("In the shop"),
    "draft": _("Draft"),
    "counted": _("Counted"),
    "sold": _("Sold"),
    "returned": _("Came back"),
    "damaged": _("Damaged"),
    "sample": _("Given as a sample"),
    "offline": _("Offline"),
    "cash": _("Cash in the store"),
    "alipay": _("Alipay"),
    "demo": _("Demo payment"),
    "Member price": _("Member price"),
    "Promotion": _("Promotion"),
    "Left of your membership": _("Left of your membership"),
    # what can be given
    "make_up_card": _("Make-up card"),
    "badge": _("Badge"),
    # levels
    "check_ins": _("Check-ins"),
    "lifetime": _("ever"),
    "rolling": _("last days"),
    "quarter": _("this quarter"),
    "year": _("this year"),
    "level": _("since the level"),
    "anniversary": _("since the anniversary"),
    "one": _("one down"),
    "recompute": _("to where the numbers stand"),
    "revoke": _("take back"),
    "leave": _("leave"),
    # tasks and badges
    "once": _("Once"),
    "daily": _("Daily"),
    "series": _("A series"),
    "planned": _("Planned"),
    "circle": _("Circle"),
    "shield": _("Shield"),
    "star": _("Star"),
    "hexagon": _("Hexagon"),
    "ember": _("Ember"),
    "gold": _("Gold"),
    "leaf": _("Leaf"),
    "sea": _("Sea"),
    "plum": _("Plum"),
    "ink": _("Ink"),
    # points and the books
    "points": _("Points"),
    "growth": _("Growth"),
    "running": _("Running"),
    "available": _("Usable"),
    "pending": _("Pending"),
    "held": _("Held for orders"),
    "spent": _("Used up"),
    "expired": _("Expired"),
    "reversed": _("Reversed"),
    "reserved": _("Set aside for orders"),
    "promotion": _("Promotional expense"),
    "debt": _("Owed"),
    "budget": _("Budget"),
    "earn": _("Earned"),
    "mature": _("Became usable"),
    "spend": _("Used up"),
    "hold": _("Held"),
    "capture": _("Paid with"),
    "release": _("Let go"),
    "refund": _("Came back"),
    "reverse": _("Reversed"),
    "expire": _("Expired"),
    # where people come from
    "channel": _("Channel"),
    "platform": _("Platform"),
    "domain": _("Domain"),
    "campaign": _("Campaign"),
    "creator": _("Creator"),
    "cohort": _("Month of first order"),
    "placement": _("Place of a channel"),
    "rule": _("Rule"),
    "terms": _("Terms of cost and return"),
    # kinds of files
    "orders": _("Orders"),
    "people": _("People"),
    "products": _("Products"),
    "listings": _("Listings of our own shop"),
    "events": _("Events"),
    # how people are known
    "phone": _("Phone"),
    "email": _("E-mail"),
    "member": _("Member"),
    "unionid": _("WeChat unionid"),
    "openid": _("WeChat openid"),
    "external_userid": _("WeCom contact"),
    "device": _("Device"),
    # traits that many brands have
    "age": _("Age"),
    "gender": _("Gender"),
    "city": _("City"),
    "region": _("Region"),
    "income": _("Income"),
    "address": _("Address"),
    "birthday": _("Birthday"),
    "home_ownership": _("Home"),
    "marital_status": _("Marital status"),
    "household_size": _("Household size"),
    "household_comp": _("Household"),
    "kids_count": _("Children"),
    "category": _("Category"),
    "department": _("Department"),
    "brand": _("Brand"),
    # figures
    "buyers": _("Buyers"),
    "gmv": _("GMV"),
    "refunds": _("Refunds"),
    "net": _("Net"),
    "aov": _("Average order"),
    "arpu": _("ARPU"),
    "repurchase_rate": _("Bought again"),
    "first_order_at": _("First order"),
    "last_order_at": _("Last order"),
    # what a candidate's score is made of
    "depth": _("Spend"),
    "regularity": _("Regularity"),
    "breadth": _("Breadth"),
    "affinity": _("Affinity"),
    "activity": _("Activity"),
    "open": _("Open"),
    "rank": _("Rank"),
    # kinds of what happened to somebody
    "behaviour": _("Behaviour"),
    "profile": _("Profile"),
    "tags": _("Tags"),
    "choices": _("Seed user"),
    "consent": _("Consent"),
    # attribution, the three domains
    "first": _("First touch"),
    "last": _("Last touch"),
    "linear": _("Linear"),
    "position": _("Position"),
    "time_decay": _("Time decay"),
    "markov": _("Markov"),
    "shapley": _("Shapley"),
    "public": _("Public domain"),
    "commercial": _("Commercial domain"),
    "private": _("Private domain"),
    "quiet": _("Quiet"),
    "unidentified": _("Unidentified"),
    "precipitated": _("Came into the private domain"),
    "drawn": _("Touched in public or paid for"),
    "reverse_driven": _("Private people touched in the public domain"),
    "leaked": _("Private before, quiet at the end"),
    # channels and purposes of consent
    "ads": _("Matching with ad platforms"),
    "inapp": _("In the app"),
    "sms": _("SMS"),
    "mail": _("Post"),
    "wechat": _("WeChat"),
    "wecom": _("WeCom"),
    "mini_program": _("Mini-program"),
    "app_push": _("App push"),
    "web_push": _("Web push"),
    "marketing": _("Marketing"),
    "service": _("Service"),
    "social": _("Social"),
    # who holds something about people
    "log": _("Log"),
    "lake": _("Lake"),
    "landing": _("Landed batches"),
    "backups": _("Backups"),
    "failed_messages": _("Failed messages"),
    "imports": _("Imported files"),
    "commerce": _("Orders and refunds"),
    "insight": _("Screening"),
    "answers": _("Answers to programs"),
    "audit": _("Audit trail"),
    "database": _("Database files"),
    "identities": _("Identities"),
    "traits": _("Traits"),
    "consents": _("Consents"),
    "taggings": _("Tags"),
    "links": _("Evidence of who is whom"),
    "separations": _("Separations"),
    "members": _("Memberships"),
    "contacts": _("Verified contacts"),
    "sessions": _("Sessions"),
    "entries": _("Entries"),
    "payloads": _("Private rows"),
    "private_rows": _("Private rows"),
    "events_emptied": _("Emptied events"),
    "batches_emptied": _("Emptied batches"),
    "lines_emptied": _("Emptied lines"),
    "lines": _("Lines"),
    "messages": _("Messages"),
    "files": _("Files"),
    "transactions": _("Transactions"),
    "coupon_codes": _("Coupon codes"),
    "candidates": _("Candidates"),
    "swept": _("Files swept"),
    # the audit trail
    "erased": _("Erased"),
    "erasure": _("Erasure"),
    "through": _("Through"),
    "revealed": _("Revealed"),
    "code": _("Code"),
    "created": _("Created"),
    "changed": _("Changed"),
    "deleted": _("Deleted"),
    "accessed": _("Opened"),
    "signed_in": _("Signed in"),
    "sign_in_failed": _("Sign-in failed"),
    "exported": _("Exported"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "reopened": _("Reopened"),
    "tagged": _("Tagged"),
    "untagged": _("Untagged"),
    "tried_again": _("Tried again"),
    "excluded": _("Left out"),
    "readmitted": _("Let in again"),
    "ruling": _("Rules for visitors"),
    "exclusions": _("Exclusions"),
    "reason": _("Reason"),
    "gave_up": _("Given up"),
    "dismissed": _("Dismissed"),
    "reaction": _("Reaction"),
    "event": _("Event"),
    "failure": _("Failure"),
    "operator": _("Operator"),
    "apikey": _("API key"),
    "audience": _("Audience"),
    "snapshot": _("Snapshot"),
    "tagrule": _("Rule tag"),
    "tag": _("Tag"),
    "taggroup": _("Tag group"),
    "round": _("Screening round"),
    "candidate": _("Candidate"),
    "person": _("Person"),
    "decision": _("Decision on who is who"),
    "joined": _("Joined"),
    "split": _("Split"),
    "undone": _("Taken back"),
    "withdrew": _("Evidence withdrawn"),
    "restored": _("Evidence restored"),
    "evidence": _("Evidence"),
    "other": _("Other"),
    "importrun": _("Import"),
    # fields that the trail names
    "username": _("Name to sign in"),
    "first_name": _("Name"),
    "password": _("Password"),
    "is_superuser": _("Owner"),
    "is_active": _("May sign in"),
    "groups": _("Roles"),
    "name": _("Name"),
    "definition": _("Definition"),
    "month": _("Month"),
    "as_of": _("As of"),
    "add": _("given"),
    "delete": _("taken away"),
    "scopes": _("Scopes"),
    "prefix": _("Begins with"),
    "digest": _("Secret"),
    "made_at": _("Made"),
    "made_by": _("Made by"),
    "revoked_at": _("Revoked"),
    "retired_at": _("Retired"),
    "archived_at": _("Put away"),
    "exclusive": _("At most one"),
    "group": _("Group"),
    "by": _("By"),
    "kind": _("Kind"),
    "source": _("Source"),
    "file": _("File"),
    "finished_at": _("Ended"),
    "error": _("Error"),
}


def word(code: Any) -> str:
    """The word for a code; a code without one reads as itself."""
    known = WORDS.get(str(code))
    return str(known) if known is not None else str(code).replace("_", " ")


COUPONS: dict[str, str | Promise] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "amount": _("Amount off"),
    "percent": _("Percent off"),
    "gift": _("A piece free"),
    "issued": _("Issued"),
    "reserved": _("Reserved"),
    "redeemed": _("Redeemed"),
    "reversed": _("Reversed"),
    "void": _("Void"),
    "expired": _("Expired"),
    "unclaimed": _("Unclaimed"),
    "known": _("Such a code is there already"),
    "no_code": _("No code: 4 to 40 letters and digits"),
    "twice": _("It stands there twice"),
    "closed": _("Closed"),
}


def coupon(code: str) -> str:
    """Kinds and states of coupons, and why a line of codes was refused."""
    return str(COUPONS.get(code, code))


SEGMENTS: dict[str, str | Promise] = {
    "champions": _("Champions"),
    "loyal": _("Loyal buyers"),
    "potential_loyalist": _("Could become loyal"),
    "new": _("New buyers"),
    "promising": _("Promising"),
    "need_attention": _("Need attention"),
    "about_to_sleep": _("About to sleep"),
    "at_risk": _("Slipping away"),
    "cannot_lose": _("Cannot lose"),
    "hibernating": _("Hibernating"),
    "lost": _("Lost"),
}
TONES = {
    "new": "info",
    "loyal": "good",
    "won_back": "good",
    "at_risk": "warn",
    "lapsed": "bad",
    "active": "",
    "prospect": "",
}
"""The colour of a stage's tag; the word stands in it."""


def segment(code: str) -> str:
    return str(SEGMENTS.get(code, code))


def tone(stage: str) -> str:
    return TONES.get(stage, "")


def title(who: Any) -> str:
    """What somebody is called: the name, else how they are known, masked."""
    if who.name:
        return str(who.name)
    if not who.identities:
        return str(who.code)
    known = who.identities[0]
    namespace, known_as = (known.namespace, known.value) if hasattr(known, "namespace") else known
    return f"{word(namespace)} {masked(known_as)}"


def product(name: str) -> str:
    """Catalogues shout; a page does not."""
    return name.capitalize() if name.isupper() else name


def value(anything: Any) -> str:
    """A trait's value as one reads it."""
    if isinstance(anything, bool):
        return str(_("yes") if anything else _("no"))
    if isinstance(anything, list):
        return ", ".join(value(one) for one in anything)
    return "–" if anything is None else str(anything)


def trailed(text: Any) -> str:
    """What the audit trail wrote down of a field, which is always text."""
    return {"None": "", "True": value(True), "False": value(False)}.get(str(text), str(text))


def roles(names: list[str]) -> str:
    """Roles by their labels; anything else as it stands."""
    return ", ".join(str(ROLES[name].label) if name in ROLES else name for name in names)


def file_kind(kind: str) -> str:
    """What a file holds; the books call something else spend."""
    return str(_("Traffic spend")) if kind == "spend" else word(kind)


TOUCHES: dict[str, str | Promise] = {
    "visit": _("Visit"),
    "scan": _("Scan"),
    "add": _("Add"),
    "message": _("Message"),
    "view": _("View"),
    "order": _("Order"),
}


def touch(kind: str) -> str:
    """Kinds of touches."""
    return str(TOUCHES.get(kind, kind))


EVENTS: dict[str, str | Promise] = {
    "order.placed": _("placed an order"),
    "order.line": _("bought a product"),
    "order.refunded": _("sent something back"),
    "order.cancelled": _("cancelled an order"),
    "benefit.granted": _("was given a benefit"),
    "benefit.used": _("used a benefit"),
    "benefit.returned": _("got a benefit back"),
    "benefit.expired": _("let a benefit expire"),
    "benefit.revoked": _("lost a benefit"),
    "membership.bought": _("bought a membership"),
    "membership.renewed": _("renewed the membership"),
    "membership.upgraded": _("upgraded the membership"),
    "membership.refunded": _("gave the membership back"),
    "membership.lapsing": _("was told that the membership ends"),
    "membership.lapsed": _("let the membership run out"),
    "membership.expired": _("lost the membership"),
    "points.earned": _("earned points"),
    "points.matured": _("can use points"),
    "points.expired": _("let points expire"),
    "points.expiring": _("was told that points expire"),
    "points.spent": _("spent points"),
    "points.returned": _("got points back"),
    "points.reversed": _("lost points with what earned them"),
    "mall.redeemed": _("exchanged points in the mall"),
    "mall.reversed": _("had an exchange called off"),
    "books.disproved": _("the books did not hold"),
    "coupon.issued": _("got a coupon"),
    "coupon.reserved": _("chose a coupon for an order"),
    "coupon.released": _("got a coupon back from an order"),
    "coupon.redeemed": _("used a coupon"),
    "coupon.reversed": _("sent back what a coupon was used for"),
    "coupon.expired": _("let a coupon expire"),
    "coupon.voided": _("lost a coupon"),
    "gift.sent": _("was sent a gift"),
    "person.appeared": _("became known"),
    "member.joined": _("became a member"),
    "member.signed_in": _("signed in as a member"),
    "member.checked_in": _("checked in"),
    "day.made_up": _("made up a missed day"),
    "streak.reached": _("came to a step of their streak"),
    "card.granted": _("got make-up cards"),
    "task.completed": _("completed a task"),
    "badge.awarded": _("was awarded a badge"),
    "badge.revoked": _("lost a badge"),
    "certificate.issued": _("was issued a certificate"),
    "certificate.revoked": _("had a certificate revoked"),
    "level.reached": _("rose to a level"),
    "level.lost": _("fell from a level"),
}


def event(name: str) -> str:
    return str(EVENTS.get(name, name))


def trait(name: str) -> str:
    """Portrait columns have words of their own in the audience language."""
    from siyu.core.insight.audiences.words import NAMES

    known = NAMES.get(name)
    return known[chinese()] if known else word(name)


STEPS: dict[str, str | Promise] = {
    "reading": _("Reading the file"),
    "judging": _("Judging the rows"),
    "people": _("Numbering buyers"),
    "products": _("Listing products"),
    "writing": _("Writing"),
}


def step(code: str) -> str:
    return str(STEPS.get(code, code))


RULES = {
    "score": _("Our score"),
    "rfm": _("RFM sum"),
    "spend": _("Past spend"),
    "chance": _("Chance"),
    # what leaves a visitor out
    "list": _("Known bot"),
    "agent": _("Own word"),
    "pace": _("Pace"),
    "operator": _("By hand"),
}


def rule(code: str) -> str:
    return str(RULES.get(code, code))


def reason(said: dict[str, Any]) -> str:
    """A reason that comes in both languages."""
    return str(said.get("text_zh" if chinese() else "text_en") or word(said.get("code")))


TIES: dict[str, str | Promise] = {
    "identify": _("The app said so"),
    "login": _("Signed in"),
    "alias": _("The app said so"),
    "order": _("Named on an order"),
    "import": _("In one row of a file"),
    "api": _("A program said so"),
    "verified": _("A member showed it with a code"),
    "manual": _("An operator joined them"),
    "split": _("An operator kept them together"),
}
GUARDS: dict[str, str | Promise] = {
    "member": _("two member accounts"),
    "unionid": _("two WeChat accounts"),
    "phone": _("too many phones"),
    "email": _("too many addresses"),
    "separated": _("kept apart by an operator"),
    "shared": _("shared by two"),
    "crowded": _("used by a crowd"),
}
"""Why two stay two."""


def tie(rule: str) -> str:
    return str(TIES.get(rule, rule.replace("_", " ")))


def guard(reason: str) -> str:
    return str(GUARDS.get(reason, reason))


SHOPS = {"shopify": "Shopify", "woocommerce": "WooCommerce"}


def shop_kind(kind: str) -> str:
    return SHOPS.get(kind, kind)


OUTCOMES: dict[str, str | Promise] = {
    "taken": _("taken"),
    "unchanged": _("nothing new"),
    "skipped": _("skipped"),
    "unknown": _("of no use here"),
    "failed": _("could not be taken"),
    "early": _("waits for its order"),
    "waiting": _("is tried again"),
}
"""Of a shop's delivery."""


def outcome(code: str) -> str:
    return str(OUTCOMES.get(code, code))


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
"""Words of links."""

REFUSALS: dict[str, str | Promise] = {
    "bad_place": _(
        "A code has 1 to 50 small letters, digits and . _ - and is not “unknown”; a name has 1 to 100 characters."
    ),
    "place_exists": _("There is one of that code already."),
    "no_such_place": _("There is none of that code, or it is retired."),
    "place_in_use": _("Channels stand on it: move or retire them first."),
    "bad_touch_rule": _("A rule looks at something; a star stands at the end only, and not in a link."),
    "bad_terms": _("A touch counts for 1 to 3,660 days, and a margin lies between 0 and 100 %."),
    "bad_spend": _("An amount that is not negative, a day that has begun, a currency of three letters."),
    "no_such_link": _("There is no such link."),
    "code_taken": _("Those letters belong to another link or live code; they are never used again."),
    "bad_target": _("A link leads to an address with https://, or to a page of ours below /m/."),
    "bad_schedule": _("Days are 1 for Monday to 7 for Sunday, hours are written as 09:00."),
    "bad_sign": _("Choose a PNG, JPEG or WebP of at most 2 MiB."),
    "no_such_live_code": _("There is no such live code."),
    "no_such_seat": _("There is no such place, or it was removed."),
    "bad_seat": _("A place has a name, and an address or a picture; limits are whole numbers."),
    "bad_domain": _("The house does not answer to that name yet: write it into SIYU_HOSTS and start anew."),
    "no_such_domain": _("There is no such domain."),
    "reason_missing": _("Say why, so that the next one understands."),
    "not_given_up": _("It is still tried again by itself; give it up first."),
    "not_excluded": _("Nothing of this person is left out."),
    "bad_rule": _("A word has 3 to 60 characters, 50 words at most; a pace lies between 0 and 1,000,000."),
    "one_person": _("These two are one person already."),
    "two_accounts": _("Both have an account of their own. Accounts cannot be joined yet."),
    "kept_apart": _("A guard or an operator keeps the two apart. Take that back first."),
    "nothing_to_split": _("Choose some of the ways they are known, and leave some."),
    "no_such_evidence": _("That evidence is gone, or was decided already."),
    "no_such_decision": _("That was taken back already."),
    "name_taken": _("There is an operator of that name already."),
    "bad_name": _("A name to sign in has letters, digits and @ . + - _ only."),
    "unknown_role": _("There is no such role."),
    "last_owner": _("Somebody must remain owner."),
    "no_such_failure": _("It has been taken meanwhile."),
    "no_such_person": _("Nobody has that code."),
    "already_decided": _("Somebody else has decided otherwise already."),
    "not_decided": _("Nobody has decided on this candidate yet."),
    "not_json": _("That is no JSON."),
    "no_definition": _("A definition has a version and a where."),
    "no_trait": _("Choose a trait."),
    "no_value": _("Say a value."),
    "no_number": _("That is no number."),
    "no_event": _("Choose an event."),
    "no_tag": _("Choose a tag."),
    "no_audience": _("Choose an audience."),
    "in_use": _("Another audience or rule speaks of it."),
    "snapshot_gone": _("That list is no longer there."),
    "import_running": _("That file is being imported already."),
    "file_empty": _("The file has no rows."),
    "file_missing": _("The file is no longer there: send it again."),
    "workbook_too_large": _("The workbook is too large to be read: save it as CSV and send that."),
    "import_failed": _("The file could not be finished in three attempts; the worker's log says why."),
    "upload_not_judged": _("The file has not been judged yet, or was refused."),
    "bad_shop": _("A shop has a name, a source and a currency; Shopify also needs its secret."),
    "shop_exists": _("There is an open shop of that name or source already."),
    "delivery_not_failed": _("It has been taken meanwhile."),
    "bad_tag": _("A tag's name has 1 to 50 characters."),
    "tag_retired": _("That tag is retired."),
    "no_such_member": _("There is no such member."),
    "bad_programme": _("A step comes after 1 to 3,660 days, a missed day can be made up for 0 to 60."),
    "bad_gift": _("That cannot be given."),
    "bad_cards": _("1 to 31 cards."),
    "bad_scheme": _("The scheme is not sound:"),
    "no_level_scheme": _("There is no such scheme, or none in force."),
    "scheme_published": _("That version was published already: write another one."),
    "bad_lock": _("A lock has a level of the scheme, an end that lies ahead, and a reason."),
    "bad_plan": _("A plan has a title, a tier, a period and a price; grace is up to 90 days, the reminder up to 27."),
    "no_such_plan": _("There is no such plan, or it is not on sale."),
    "no_such_membership": _("There is no such membership."),
    "already_ended": _("It went into an upgrade: refund that."),
    "membership_used_up": _("Nothing of it is left: it was used up, or went into an upgrade."),
    "lower_tier": _("They hold a higher tier; this one can follow when that has ended."),
    "already_buying": _("An order of theirs for a plan waits for its money."),
    "credit_too_large": _("More is left of their membership than that plan costs."),
    "membership_alone": _("A membership is bought once, and in an order of its own."),
    "bad_task": _("A task has a title and at least one step; a series has two. A step counts something, from 1 on."),
    "no_such_task": _("There is no such task."),
    "task_not_open": _("It was published or closed already."),
    "bad_badge": _(
        "A badge has a name, a shape, a colour, and a symbol of one or two characters; a certificate a title."
    ),
    "badge_exists": _("There is a badge of that name already."),
    "no_such_badge": _("There is no such badge."),
    "badge_already_worn": _("This member wears the badge already."),
    "badge_not_worn": _("Nobody wears that badge any more."),
    "already_certified": _("There is a certificate of it already."),
    "no_such_certificate": _("There is no such valid certificate."),
    "tag_exists": _("The group has a tag of that name already."),
}

TIERS: dict[str, str | Promise] = {
    "ordinary": _("Ordinary member"),
    "senior": _("Senior member"),
    "exclusive": _("Exclusive member"),
}
PERIODS: dict[str, str | Promise] = {
    "month": _("One month"),
    "quarter": _("Three months"),
    "half_year": _("Half a year"),
    "year": _("One year"),
}
TERMS: dict[str, str | Promise] = {
    "running": _("Runs now"),
    "to_come": _("Still to come"),
    "over": _("Ran out"),
    "upgraded": _("Went into an upgrade"),
    "refunded": _("Given back"),
}
"""What became of a purchase of a membership."""
DEALS: dict[str, str | Promise] = {
    "bought": _("A first purchase"),
    "renewed": _("A renewal from the end of theirs"),
    "upgraded": _("An upgrade from now on"),
    "lower": _("They hold a higher tier"),
}
BENEFITS: dict[str, str | Promise] = {
    "access": _("Access to an activity"),
    "birthday": _("Birthday gift"),
    "boost": _("Boost"),
    "coupon": _("Coupon"),
    "course": _("Course"),
    "distribution": _("Right to sell for us"),
    "offline": _("Offline experience"),
}
"""Kinds of benefits whose words mean something else on other pages."""
GIVEN: dict[str, str | Promise] = {
    "granted": _("Not used yet"),
    "used": _("Used"),
    "expired": _("Expired"),
    "revoked": _("Taken back"),
}


def way(code: str) -> str:
    """A word of links; what is none is said as it is."""
    return str(WAYS.get(code, code))


def spelled(text: str) -> str:
    """Several of them, such as an app and a system."""
    return " ".join(way(part) for part in str(text).split(" "))


def refusal(refused: Refused) -> str:
    """The sentence for people. What the verb itself says is the fall-back: it knows more than we can translate."""
    known = REFUSALS.get(refused.code)
    return str(known) if known is not None else refused.message


def initial(name: str) -> str:
    """What stands in an avatar: the first letter; of a number its end, which tells people apart."""
    name = name.strip()
    if name[-2:].isdigit():
        return name[-2:]
    return name[:1].upper() if name else "·"


def tint(number: int) -> str:
    """One of five tints that mean nothing, the same for the same person."""
    return "abcde"[number % 5]


def currency() -> str:
    from django.conf import settings

    return settings.SIYU.currency

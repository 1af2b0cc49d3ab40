"""What says who somebody is, found by its name: it is kept apart, in the table that can be erased."""

from siyu.kit.tables import literal

_NAMES = """
    email mail emailaddress phone phonenumber mobile mobilephone mobilenumber tel telephone cellphone wechat wechatid qq
    firstname lastname fullname realname surname username nickname receiver receivername consignee contact contactname
    address streetaddress shippingaddress billingaddress street ip ipaddress birthday birthdate dateofbirth
    idcard idnumber passport passportnumber creditcard cardnumber bankcard
    姓名 真实姓名 收货人 联系人 手机 手机号 手机号码 电话 邮箱 地址 收货地址 身份证 身份证号 生日 微信号 银行卡"""
PROPERTIES = frozenset(_NAMES.split())
"""Without `name`: that of an event is mostly that of a product. What a trait says is sorted by the directory."""

_ENDS = """
    mail address phone mobile tel chat chat-id qq (first|last|full|real|sur|user|nick|receiver|contact)-name receiver
    consignee contact street ip birth-(day|date) of-birth (phone|mobile|id|card|passport)-number passport
    (id|credit|bank)-card [名人机码话箱址证号日卡]"""
_ENDING = "|".join(_ENDS.split()).replace("-", "[-_. ]?")
"""What such a name ends with: cheaper to look for than to take every heap apart."""
MACROS = f"""
    CREATE OR REPLACE MACRO plain_name(key) AS lower(regexp_replace(key, '[^\\p{{L}}\\p{{N}}]', '', 'g'));
    CREATE OR REPLACE MACRO private_keys(text) AS CASE
        WHEN regexp_matches(text, '(?i)({_ENDING})[^\\p{{L}}\\p{{N}}]*":')
        THEN list_filter(json_keys(text), lambda k: plain_name(k) IN ({", ".join(map(literal, sorted(PROPERTIES)))}))
        ELSE [] END;
    CREATE OR REPLACE MACRO spared(text, keys) AS CASE WHEN len(keys) > 0 THEN json_merge_patch(text,
        '{{' || array_to_string(list_transform(keys, lambda k: to_json(k) || ':null'), ',') || '}}') ELSE text END;
    CREATE OR REPLACE MACRO picked(text, keys) AS CASE WHEN len(keys) > 0 THEN
        '{{' || array_to_string(list_transform(keys, lambda k: to_json(k) || ':' || coalesce(json_extract(
            text, '/' || replace(replace(k, '~', '~0'), '/', '~1')), 'null')), ',') || '}}' END;
    CREATE OR REPLACE MACRO together(a, b) AS
        CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a ELSE json_merge_patch(a, b) END;
"""

"""What can be said, and where it is wrong."""

import pytest

from siyu.core.outreach.templates.rendering import body, rendered
from siyu.core.outreach.templates.words import BadTemplate, Variable, read

NAME = Variable("name", "", "friend")


def say(text: str, columns: dict[Variable, list[str]], *, html: str = "", subject: str = "") -> list:
    one = body({"text": text, "html": html, "subject": subject}, "en")
    people = list(range(len(next(iter(columns.values()), [""]))))
    return rendered(one, columns, people=people, language="en")


def test_it_works():
    alice, bob = say("Dear {name|friend}, 100% yours", {NAME: ["Alice", "friend"]})
    assert (alice.text, bob.text) == ("Dear Alice, 100% yours", "Dear friend, 100% yours")


def test_a_text_without_variables_is_the_same_for_all():
    assert [one.text for one in say("50% {{off}} %s", {NAME: ["a", "b"]})] == ["50% {off} %s"] * 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hello\ndear {nmae|friend}", r"text \(en\), line 2, column 6: nothing is known as \{nmae\}"),
        ("{name}", r"line 1, column 1: say what stands there .* \{name\|…\}"),
        ("{trait.city}", "say what stands there"),
        ("{portrait.password|}", "nothing is known"),
        ("{}", "nothing is known"),
        ("a } b", "column 3: a brace stands alone"),
        ("{name|x", "a brace stands alone"),
        ("{link:javascript:alert(1)}", "no address"),
        ("{link:}", "no address"),
        ("a\0b", "a character that is none"),
        ("{name.__class__|x}", "nothing is known"),
        ("x" * 20_001, "at most 20,000"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, why):
    with pytest.raises(BadTemplate, match=why):
        body({"text": text}, "en")


def test_a_value_is_text_and_no_markup_in_html():
    [one] = say("{name|friend}", {NAME: ["<b onload=x>&'\""]}, html="<p title='{name|friend}'>{{</p>")
    assert one.text == "<b onload=x>&'\""
    assert one.html == "<p title='&lt;b onload=x&gt;&amp;&#x27;&quot;'>{</p>"


def test_a_value_begins_no_other_header():
    [one] = say("t", {NAME: ["Eve\r\nBcc: all@example.com"]}, subject="Hi {name|friend}")
    assert one.subject == "Hi Eve Bcc: all@example.com"


def test_a_value_is_not_read_again():
    [one] = say("{name|friend}", {NAME: ["{trait.secret|} %s"]})
    assert one.text == "{trait.secret|} %s"


def test_addresses_in_a_text_are_links():
    pieces = read("看这里：https://shop.example/a?b=1。Or (https://shop.example/b), {link:spring}.", field="text")
    links = [piece.of for piece in pieces if isinstance(piece, Variable)]
    assert links == ["https://shop.example/a?b=1", "https://shop.example/b", "spring"]
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "看这里：。Or (), ."


def test_in_html_those_are_links_that_are_followed():
    said = '<img src="https://x.example/p.png"><a href="https://x.example/?a=1&amp;b=2">https://x.example</a>'
    pieces = read(said, field="HTML", markup=True)
    assert [piece.of for piece in pieces if isinstance(piece, Variable)] == ["https://x.example/?a=1&b=2"]


def test_an_empty_fallback_is_one():
    assert Variable("trait", "城市", "") in read("在{trait.城市|}", field="text")

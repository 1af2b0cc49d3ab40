"""The sign of a message."""

import secrets

from siyu.core.outreach import tokens


def test_it_works():
    sign = tokens.token(12, 345)
    assert tokens.read(sign) == (12, 345)
    assert len(sign) == 22


def test_it_is_the_same_every_time_and_tells_nothing_of_its_neighbour():
    one, other = tokens.token(12, 345), tokens.token(13, 345)
    assert one == tokens.token(12, 345)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 8


def test_nobody_makes_one():
    sign = tokens.token(12, 345)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for n in range(len(sign)):
        other = letters[(letters.index(sign[n]) + 1) % 64]
        assert tokens.read(sign[:n] + other + sign[n + 1 :]) is None
    assert not any(tokens.read(secrets.token_urlsafe(16)) for _ in range(2_000))


def test_what_is_none_is_none():
    for said in ("", "x", "a" * 22, "字" * 22, "+" * 22, tokens.token(1, 1) + "=", " " * 22, "é" * 11):
        assert tokens.read(said) is None


def test_another_house_has_other_signs(settings):
    sign = tokens.token(1, 2)
    settings.SECRET_KEY = "another"
    assert tokens.read(sign) is None

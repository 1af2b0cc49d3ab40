"""Clouds in China carry approved words alone: what is said must be one of them, with values in its places.

Words are kept as the cloud shows them: `Your code is ${code}` at Alibaba, `Your code is {1}` at Tencent.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from siyu.core.outreach.channels import NotTaken

PLACE = re.compile(r"\$?\{(\w+)\}")


def fitting(templates: Sequence[Mapping[str, str]], text: str) -> tuple[str, dict[str, str]]:
    """(code, {place: value}) of the first that reads like this."""
    for one in templates:
        names, pattern = reading(one["words"].strip())
        if found := pattern.fullmatch(text.strip()):
            return one["code"], dict(zip(names, found.groups(), strict=True))
    raise NotTaken("no words that the cloud has approved read like it")


@lru_cache(200)
def reading(words: str) -> tuple[list[str], re.Pattern[str]]:
    parts = PLACE.split(words)
    return parts[1::2], re.compile("(.+?)".join(map(re.escape, parts[::2])), re.DOTALL)

"""User agents that no person browses with, and where a lake's row says which one it was."""

from siyu.kit.tables import literal

WORDS = (
    # what calls itself so: search engines, archives, link checkers, previews
    "bot", "crawl", "spider", "slurp", "scrap", "archiver", "facebookexternalhit", "mediapartners-google",
    "google-read-aloud", "googleother", "google-inspectiontool", "feedfetcher", "httrack", "nutch", "prerender",
    # browsers that nobody looks at
    "headless", "phantomjs", "slimerjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress/",
    # programs
    "python-requests", "python-urllib", "python-httpx", "aiohttp", "curl/", "wget/", "libwww-perl", "go-http-client",
    "java/", "node-fetch", "axios/", "guzzlehttp", "postmanruntime", "insomnia/",
    # whoever measures, watches or probes
    "lighthouse", "pagespeed", "gtmetrix", "pingdom", "statuscake", "site24x7", "newrelicpinger", "datadog",
    "catchpoint", "apachebench", "jmeter", "k6/", "locust", "zgrab", "masscan", "nikto", "sqlmap",
)  # fmt: skip
"""Pieces of the name, in small letters. Those of HTTP libraries that apps are built on (okhttp, cfnetwork) are not
here: they say nothing about who holds the phone."""
PEOPLE = ("cubot",)
"""Phones that are called like a bot."""

AGENT = (
    """coalesce(context ->> '$.userAgent', properties ->> '$."$user_agent"', properties ->> '$."$raw_user_agent"')"""
)


def without_phones(agent: str) -> str:
    return f"regexp_replace(lower({agent}), {literal('|'.join(map(quoted, PEOPLE)))}, '', 'g')"


def pattern(words: tuple[str, ...] | list[str]) -> str:
    """Finds any of the words, with what is written together with it."""
    return rf"[a-z0-9._-]*({'|'.join(map(quoted, words))})[a-z0-9._-]*"


def quoted(word: str) -> str:
    """As a regular expression that means just these letters."""
    return "".join(letter if letter.isalnum() or ord(letter) > 127 else f"\\{letter}" for letter in word.lower())

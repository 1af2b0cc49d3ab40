"""A sender in a process of its own: keeps connections open, posts prepared bodies, times every answer.

    .venv/bin/python -m bench.load PORT KEY [--events 500] [--requests 2000] [--connections 16] [--rate EVENTS_A_SECOND]
        [--people 200000] [--new 0.02]

Every message has an id of its own, made of `--prefix` and its number, so that whoever started it knows what was sent.
It is of one of so many people, or with that probability of a visitor whom nobody has seen; `--people 0`: message n is
of person n.
"""

import argparse
import asyncio
import base64
import json
import random
import time
from collections.abc import Iterator

PRODUCTS = [f"p{n}" for n in range(5_000)]
NAMES = ["Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Products Searched", "Page Scrolled"]


def user(dice: random.Random, args: argparse.Namespace, number: int) -> str:
    if not args.people:
        return f"u{number}"
    new = args.new and dice.random() < args.new
    return f"{args.prefix}-{number}" if new else f"u{dice.randrange(args.people)}"


def message(dice: random.Random, args: argparse.Namespace, number: int, now: float) -> bytes:
    """About 320 bytes, as an SDK in an app sends them."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{number % 1000:03d}Z"
    return (
        f'{{"type":"track","event":"{dice.choice(NAMES)}","messageId":"{args.prefix}-{number:012d}",'
        f'"userId":"{user(dice, args, number)}","timestamp":"{at}",'
        f'"context":{{"library":{{"name":"bench","version":"1"}},'
        f'"ip":"10.0.{dice.randrange(256)}.{dice.randrange(256)}","locale":"zh-CN"}},'
        f'"properties":{{"product_id":"{dice.choice(PRODUCTS)}","price":{dice.randrange(100, 99_900) / 100},'
        f'"currency":"CNY","position":{dice.randrange(40)},"list":"home-{dice.randrange(9)}"}}}}'
    ).encode()


def requests(args: argparse.Namespace) -> Iterator[bytes]:
    """Whole HTTP requests."""
    dice, now = random.Random(args.prefix), time.time()
    auth = base64.b64encode(f"{args.key}:".encode()).decode()
    path = "/v1/batch" if args.events > 1 else "/v1/track"
    for turn in range(args.requests):
        first = turn * args.events
        messages = [message(dice, args, first + n, now) for n in range(args.events)]
        sent_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)).encode()
        body = (
            b'{"batch":[' + b",".join(messages) + b'],"sentAt":"' + sent_at + b'"}' if args.events > 1 else messages[0]
        )
        head = ["Host: 127.0.0.1", f"Authorization: Basic {auth}", f"Content-Length: {len(body)}", "", ""]
        yield f"POST {path} HTTP/1.1\r\n".encode() + "\r\n".join(head).encode() + body


async def send(args: argparse.Namespace, prepared: list[bytes]) -> tuple[list[float], list[int], float]:
    """Answers' seconds, their statuses, and how long it all took."""
    took: list[float] = []
    statuses: list[int] = []
    queue = iter(prepared)
    pace = args.events / args.rate if args.rate else 0.0
    began = time.perf_counter()
    turn = 0

    async def connection() -> None:
        nonlocal turn
        reader, writer = await asyncio.open_connection("127.0.0.1", args.port, limit=2**20)
        for request in queue:
            due = began + turn * pace
            turn += 1
            if pace and (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - start)
            statuses.append(int(head[9:12]))
        writer.close()

    await asyncio.gather(*(connection() for _ in range(args.connections)))
    return took, statuses, time.perf_counter() - began


def told(args: argparse.Namespace, took: list[float], statuses: list[int], seconds: float) -> dict:
    took.sort()
    good = statuses.count(200)
    return {
        "requests": len(took),
        "refused": len(took) - good,
        "events": good * args.events,
        "seconds": round(seconds, 3),
        "events_a_second": round(good * args.events / seconds),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("key")
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--prefix", default="m")
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--new", type=float, default=0)
    args = parser.parse_args()
    prepared = list(requests(args))
    print("ready", flush=True)
    print(json.dumps(told(args, *asyncio.run(send(args, prepared)))), flush=True)


if __name__ == "__main__":
    main()

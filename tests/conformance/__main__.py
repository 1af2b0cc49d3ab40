""".venv/bin/python -m tests.conformance [--rounds 8] [--sdks FOLDER] [NAME …]

Prints a line for each SDK and ends with 1 where a message was lost or doubled, with 3 where an SDK could not be had.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.conformance import sdks
from tests.conformance.proxy import Proxy, segment_ids, sensors_records
from tests.serving import House, in_lake


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="only these SDKs")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--sdks", type=Path, default=Path(tempfile.gettempdir()) / "siyu-conformance")
    args = parser.parse_args()
    try:
        found = sdks.installed(args.sdks)
    except sdks.NoRegistry as fault:
        print(fault, file=sys.stderr)
        return 3
    chosen = [sdk for sdk in found if not args.names or sdk.name in args.names]
    with tempfile.TemporaryDirectory(prefix="siyu-conformance-") as folder, House(Path(folder)) as house:
        wrong = [sdk.name for sdk in chosen if not conforms(sdk, house, args)]
    if wrong:
        print(f"messages were lost or doubled: {', '.join(wrong)}", file=sys.stderr)
    return int(bool(wrong))


def conforms(sdk: sdks.Sdk, house: House, args: argparse.Namespace) -> bool:
    made = json.loads(house.siyu("source", "create", sdk.name, "--protocol", sdk.protocol, "--json"))
    proxy = Proxy(house.port, sdk.storm, lambda: kill_web(house))
    address = made.get("write_key") or urlsplit(made["url"])._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
    sender = sdks.start(sdk, args.sdks, str(proxy.port), address, str(args.rounds))
    try:
        said, _ = sender.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        sender.kill()
        said = "0"
    house.settle(sdk.name)
    calls = int(said.split()[-1]) if said.split() else 0
    sent = segment_ids(proxy.bodies) if sdk.protocol == "segment" else sensors_records(proxy.bodies)
    kept = house.kept(sdk.name)
    well = bool(calls) and len(kept) == len(set(kept)) == calls and agree(sdk, sent, kept)
    storm = ", ".join(fate for fate in proxy.done if fate) or "no storm"
    told = f"{calls} calls, {len(sent)} messages in {len(proxy.bodies)} requests ({storm})"
    print(f"{'✓' if well else '✗'} {sdk.name}: {told}, {len(kept)} in the lake, {len(set(kept))} different", flush=True)
    return well


def agree(sdk: sdks.Sdk, sent: set[str], kept: list[int]) -> bool:
    """The set that was sent is the set that is kept. Sensors' SDKs give no ids, so there it is as many."""
    if sdk.protocol == "sensors":
        return len(sent) == len(kept)
    return {in_lake(sdk.name, one) for one in sent} == set(kept)


def kill_web(house: House) -> None:
    os.kill(house.web(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())

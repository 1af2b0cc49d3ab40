"""Which SDKs, in which version, and how each is started."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.proxy import CALM, SQUALL, STORM

SENDERS = Path(__file__).parent / "senders"
PYTHON = ("segment-analytics-python==2.4.0", "rudder-sdk-python==2.1.9", "SensorsAnalyticsSDK==1.11.0")
NODE = ("@segment/analytics-node@3.1.0", "@rudderstack/rudder-sdk-node@3.0.13", "sa-sdk-node@1.2.6")


class NoRegistry(Exception):
    """An SDK could not be installed: nothing was proved."""


@dataclass(frozen=True)
class Sdk:
    name: str
    protocol: str
    sender: str
    storm: tuple[str, ...] = STORM
    """What it must bear; an SDK that never tries again would lose what the proxy breaks."""


SDKS = [
    Sdk("segment-python", "segment", "segment_python.py"),
    Sdk("rudder-python", "segment", "rudder_python.py"),
    Sdk("sensors-python", "sensors", "sensors_python.py"),
    Sdk("sensors-python-async", "sensors", "sensors_python_async.py", CALM),
    Sdk("segment-node", "segment", "segment_node.cjs"),
    Sdk("rudder-node", "segment", "rudder_node.cjs", SQUALL),
    Sdk("sensors-node", "sensors", "sensors_node.cjs", CALM),
]


def installed(folder: Path) -> list[Sdk]:
    """Install what is missing; the SDKs that can be run on this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    python(folder)
    with_node = bool(shutil.which("node") and shutil.which("npm"))
    if with_node:
        node(folder)
    else:
        print("no node on this machine: the SDKs for it are left out", file=sys.stderr)
    return [sdk for sdk in SDKS if with_node or sdk.sender.endswith(".py")]


def python(folder: Path) -> None:
    mark = folder / "python.done"
    if mark.exists() and mark.read_text() == str(PYTHON):
        return
    shutil.rmtree(folder / "python", ignore_errors=True)
    run("a virtual environment", sys.executable, "-m", "venv", str(folder / "python"))
    run("Python's SDKs", str(folder / "python/bin/python"), "-m", "pip", "install", "-q", *PYTHON)
    mark.write_text(str(PYTHON))


def node(folder: Path) -> None:
    mark = folder / "node.done"
    if mark.exists() and mark.read_text() == str(NODE):
        return
    (folder / "node").mkdir(exist_ok=True)
    (folder / "node" / "package.json").write_text('{"private": true}')
    npm = ("npm", "install", "--prefix", str(folder / "node"), "--no-audit", "--no-fund", "--no-package-lock")
    run("Node's SDKs", *npm, "--ignore-scripts", *NODE)
    mark.write_text(str(NODE))


def run(what: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoRegistry(f"{what} could not be installed:\n{done.stderr[-2000:]}")


def start(sdk: Sdk, folder: Path, *arguments: str) -> subprocess.Popen:
    sender = str(SENDERS / sdk.sender)
    environment = os.environ | {"NODE_PATH": str(folder / "node" / "node_modules"), "no_proxy": "127.0.0.1"}
    environment.pop("PYTHONPATH", None)  # they see what is installed for them, and nothing of the house
    command = ["node", sender] if sender.endswith("cjs") else [str(folder / "python/bin/python"), sender]
    return subprocess.Popen([*command, *arguments], env=environment, stdout=subprocess.PIPE, text=True)

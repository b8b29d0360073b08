"""How many lists a second one worker gives over HTTP, and how long each takes.

    .venv/bin/python benchmarks/http_load.py .youli/demo --seconds 20

It starts one worker on a free port, with limits on rates lifted, and asks for lists of shoppers
drawn with a seed over kept-alive connections: each connection asks again as soon as it was
answered. The generator is a process of its own; the worker's CPU time is read from the system, so
that lists a CPU-second are known where the machine is shared with other work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

KEY = "a key of this benchmark"
KINDS = {
    "shop": "/api/shop",  # what the way through the house costs without a list
    "plain": "/api/recommend/{user}?k=10&explain=none",
    "chip": "/api/recommend/{user}?k=10&explain=chip",
    "explained": "/api/recommend/{user}?k=10&ledger=false",
    "full": "/api/recommend/{user}?k=10",
}
_SERVE = """
import sys
from pathlib import Path
import uvicorn
from pydantic import SecretStr
from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig
from youli.storage.base import Storage
shop, database, key = sys.argv[1:]
config = ServeConfig(api_key=SecretStr(key), key_rate_per_s=1e9, key_burst=10**9, store_page=False)
app = create_app(Engine.open(Path(shop)), config, Storage.open(Path(database)))
uvicorn.run(app, port=0, log_level="info", access_log=False)
"""


def main() -> None:
    """Start a worker, ask it, print one JSON row for each kind of list."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shop", type=Path, help="folder that `youli fit` wrote")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each kind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--n-users", type=int, default=500, help="different shoppers asked for")
    parser.add_argument(
        "--history",
        type=int,
        help="ask for new shoppers with so many purchases each, not for the shop's own",
    )
    parser.add_argument("--database", type=Path, default=Path("/tmp/http_load.db"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for file in options.database.parent.glob(options.database.name + "*"):
        file.unlink()
    command = [sys.executable, "-c", _SERVE, str(options.shop), str(options.database), KEY]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    worker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        port = _port_of(worker)
        users = asyncio.run(_users(port, options.n_users))
        draw = random.Random(options.seed)
        if options.history is not None:
            users = asyncio.run(_made(port, users, options.n_users, options.history, draw))
        draw.shuffle(users)
        for kind in options.kinds:
            asyncio.run(_once(port, KINDS[kind], users))  # each was there before: the cache is warm
            before = _cpu_s(worker.pid)
            took = asyncio.run(_run(port, KINDS[kind], users, options.connections, options.seconds))
            print(json.dumps(_row(kind, options, took, _cpu_s(worker.pid) - before)), flush=True)
    finally:
        worker.terminate()
        worker.wait(20)


def _port_of(worker: subprocess.Popen[str]) -> int:
    assert worker.stderr is not None
    for line in worker.stderr:
        if "running on" in line:
            return int(line.split(":")[-1].split()[0])
    raise SystemExit("the worker did not start")


def _cpu_s(pid: int) -> float:
    """CPU time of a process with all its threads, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(
    kind: str, options: argparse.Namespace, took: list[float], cpu_s: float
) -> dict[str, object]:
    ordered = sorted(took)
    at = [ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.95, 0.99)]
    return {
        "kind": kind,
        "connections": options.connections,
        "n_answers": len(took),
        "per_s": round(len(took) / options.seconds, 1),
        "per_cpu_s": round(len(took) / cpu_s, 1) if cpu_s else None,
        "worker_cpu_share": round(cpu_s / options.seconds, 2),
        "p50_ms": round(at[0] * 1e3, 1),
        "p95_ms": round(at[1] * 1e3, 1),
        "p99_ms": round(at[2] * 1e3, 1),
    }


async def _users(port: int, n_users: int) -> list[str]:
    """Shoppers of the shop, quiet and busy ones."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        status, _ = await _ask(reader, writer, "/api/health/ready")
        if status == 200:
            break
        await asyncio.sleep(0.2)
    found: dict[str, None] = {}
    for prefix in ["", *"0123456789abcdefghijklmnopqrstuvwxyz"]:
        _, body = await _ask(reader, writer, f"/api/users?limit=100&prefix={prefix}")
        found |= {one["user_id"]: None for one in json.loads(body)["users"]}
        for digit in "0123456789":
            if len(found) >= n_users:
                break
            _, body = await _ask(reader, writer, f"/api/users?limit=100&prefix={prefix}{digit}")
            found |= {one["user_id"]: None for one in json.loads(body)["users"]}
    writer.close()
    return list(found)[:n_users]


async def _made(
    port: int, known: list[str], n_users: int, n_events: int, draw: random.Random
) -> list[str]:
    """New shoppers who bought what others bought."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    items: list[str] = []
    for user in known[:40]:
        path = f"/api/user/{quote(user, safe='')}/history?limit=100"
        _, body = await _ask(reader, writer, path)
        items += [one["item_id"] for one in json.loads(body)["items"]]
    users = [f"load-{number}" for number in range(n_users)]
    for user in users:
        events = [
            {"user_id": user, "item_id": item, "event_id": f"{user}-{at}"}
            for at, item in enumerate(draw.choices(items, k=n_events))
        ]
        status, body = await _ask(reader, writer, "/api/events", json.dumps(events).encode())
        if status != 200:
            raise SystemExit(f"/api/events: {status} {body[:300]!r}")
    writer.close()
    return users


async def _once(port: int, path: str, users: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for user in users:
        await _ask(reader, writer, path.replace("{user}", quote(user, safe="")))
    writer.close()


async def _run(
    port: int, path: str, users: list[str], connections: int, seconds: float
) -> list[float]:
    """Ask on every connection until the time is up; seconds that each answer took."""
    took: list[float] = []
    until = time.perf_counter() + seconds

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at = number
        while time.perf_counter() < until:
            address = path.replace("{user}", quote(users[at % len(users)], safe=""))
            started = time.perf_counter()
            status, body = await _ask(reader, writer, address)
            took.append(time.perf_counter() - started)
            if status != 200:
                raise SystemExit(f"{address}: {status} {body[:300]!r}")
            at += connections
        writer.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    return took


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, sent: bytes | None = None
) -> tuple[int, bytes]:
    """One request on an open connection: the status and the body."""
    head = f"{'GET' if sent is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if sent is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
    writer.write(f"{head}X-API-Key: {KEY}\r\n\r\n".encode() + (sent or b""))
    answer = await reader.readuntil(b"\r\n\r\n")
    lines = answer.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)}
    body = await reader.readexactly(int(headers["content-length"]))
    return int(lines[0].split()[1]), body


if __name__ == "__main__":
    main()

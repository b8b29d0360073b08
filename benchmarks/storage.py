"""What storing costs: events a second, an event in the next answer, start and memory of a worker.

    python benchmarks/storage.py SHOP [--database URL] [--trials 10000]

In process, one thread, with the routes' own code and without HTTP. Each event is durable when it is
acknowledged. A trial sends one event of a drawn shopper and then asks for their history and their
list: the event must be the last row of what is ranked. Times are of the wall and of this process'
CPU; on a shared machine believe the second.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

CPU, WALL = time.process_time, time.perf_counter


def quantiles(values: list[float]) -> dict[str, float]:
    """Percentiles of seconds, in milliseconds."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return {f"p{q}_ms": round(ordered[round(last * q / 100)] * 1e3, 3) for q in (50, 95, 99)}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the wall and of this process' CPU."""
    wall, cpu = WALL(), CPU()
    work()
    return WALL() - wall, CPU() - cpu


def rss_mb() -> float:
    """What this process holds in memory now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Measure, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shop", type=Path)
    parser.add_argument("--database", default=None)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=20)
    given = parser.parse_args()
    wall, cpu = WALL(), CPU()
    from youli.engine import Engine
    from youli.serve.host import Host
    from youli.serve.intake import take_in
    from youli.serve.lists import Shown
    from youli.serve.security import Caller
    from youli.serve.settings import ServeConfig
    from youli.storage.base import Storage
    from youli.storage.records import Role

    engine = Engine.open(given.shop)
    folder = tempfile.TemporaryDirectory()
    storage = Storage.open(given.database or Path(folder.name) / "storage.db")
    host = Host(engine, ServeConfig(), storage)
    report: dict[str, Any] = {
        "products": engine.shop.interactions.n_items,
        "start": {"wall_s": round(WALL() - wall, 2), "cpu_s": round(CPU() - cpu, 2)},
        "rss_after_start_mb": round(rss_mb()),
    }
    wall, cpu = timed(host.warm_up)
    report["warm_up"] = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)}
    report["rss_warm_mb"] = round(rss_mb())
    services, caller = host.services, Caller("benchmark", Role.SERVER)
    rng = random.Random(1)
    users, items = engine.shop.interactions.users.ids, engine.shop.interactions.items.ids

    def row() -> dict[str, str]:
        return {"user_id": rng.choice(users), "item_id": rng.choice(items), "event": "view_item"}

    report["batches"] = {}
    for size in (1, 100, 1_000):
        times = [
            timed(partial(take_in, services, [row() for _ in range(size)], caller))
            for _ in range(given.batches)
        ]
        walls, cpus = (sorted(one[n] for one in times)[len(times) // 2] for n in (0, 1))
        report["batches"][size] = {
            "events_per_s_wall": round(size / walls),
            "events_per_cpu_s": round(size / cpus),
        }
    late, in_next, spans, cpus = 0, 0, [], []
    for _ in range(given.trials):
        sent = row()
        take_in(services, sent, caller)
        acknowledged, cpu = WALL(), CPU()
        host.versions()
        live = services.live.get(sent["user_id"])
        last = items[int(live.effective().item_num[-1])]
        spans.append(WALL() - acknowledged)
        cpus.append(CPU() - cpu)
        in_next += last == sent["item_id"]
        late += spans[-1] > 0.05
    report["next_answer"] = {
        "trials": given.trials,
        "in_the_next_state": in_next,
        "over_50_ms": late,
        "wall": quantiles(spans),
        "cpu": quantiles(cpus),
    }
    lists = []
    for _ in range(200):
        sent = row()
        take_in(services, sent, caller)
        lists.append(
            timed(partial(services.lists.recommend, sent["user_id"], Shown(detail="none")))
        )
    report["next_plain_list"] = {
        "wall": quantiles([one[0] for one in lists]),
        "cpu": quantiles([one[1] for one in lists]),
    }
    report["rss_at_the_end_mb"] = round(rss_mb())
    report["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    storage.close()
    folder.cleanup()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

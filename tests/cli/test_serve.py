"""`youli serve` as a process: what it keeps when it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from httpx import Client, TransportError

from youli.storage.base import Storage


def test_a_stopped_server_has_stored_what_it_answered(shop_copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "youli", "serve", str(shop_copy), "--port", str(port)]
    env = {**os.environ, "YOULI_API_KEY": "k", "OMP_NUM_THREADS": "1"}
    with (
        subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as server,
        Client(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": "k"}, timeout=60) as one,
    ):
        deadline = time.monotonic() + 120
        while True:
            try:
                one.get("/api/health/live")
                break
            except TransportError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        sent = {"user_id": "u00", "item_id": "p01", "event_id": "e"}
        assert one.post("/api/events", json=sent).status_code == 200
        shown = one.get("/api/recommend/u00").json()["recommendation_id"]
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=120)
        assert server.returncode == 0, said
        assert "stopped" in said
    storage = Storage.open(shop_copy.with_name("SHOP.db"))
    assert [one.event_id for one in storage.events.of_shopper("u00")] == ["e"]
    assert storage.impressions.get(shown) is not None, "the list that waited was stored"
    storage.close()

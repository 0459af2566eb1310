# python fourth.py <scene>: made after the rules were mended for `third`; scored once.
import asyncio
import concurrent.futures
import json
import logging
import logging.handlers
import sqlite3
import subprocess
import sys
import threading
import traceback
import urllib.request
import warnings

from mark import mark, say


class ParcelLost(Exception):
    """A parcel cannot be found."""


def weigh(parcel):
    return parcel["weight"] / parcel["boxes"]


def route(parcel):
    try:
        return weigh(parcel)
    except ZeroDivisionError:
        raise ParcelLost(f"parcel {parcel['id']} has no boxes")


def query():
    with sqlite3.connect(":memory:") as db:
        db.execute("SELECT weight FROM parcels\nWHERE id = 4")


def fetch():
    urllib.request.urlopen("http://127.0.0.1:9/parcels", timeout=1)


def pack():
    raise ParcelLost("packing stopped\nhint: close the lid first\nhint: then press start")


def unpack():
    raise ParcelLost("2 parcels left:\n  - 17\n  - 18")


EMPTY = {"id": 17, "weight": 3, "boxes": 0}
LETTERS = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "E"}


class Marked(logging.StreamHandler):
    def emit(self, record):
        mark(LETTERS[record.levelname])
        super().emit(record)


def log_to(form, date=None, style="%"):
    handler = Marked(sys.stderr)
    handler.setFormatter(logging.Formatter(form, date, style))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    return logging.getLogger("depot.router")


def shift(log):
    log.info("depot opens; lanes=4")
    log.debug("lanes: %s", {"a": 1, "b": 2})
    for n, task in enumerate((lambda: route(EMPTY), query, fetch, pack, unpack)):
        try:
            task()
        except Exception as error:
            log.error("task %d failed: %s", n, type(error).__name__, exc_info=True)
        log.info("task %d done", n)
    try:
        weigh(EMPTY)
    except ZeroDivisionError:
        log.warning("weight unknown, asking again", exc_info=True)
    log.info("state:\n%s", json.dumps({"lanes": [1, 2], "open": True}, indent=4))
    log.warning("lane 3 is slow")
    log.info("lanes:\n\ta\t3\n\tb\t4")
    log.critical("depot closes")


def scene_iso_z():
    shift(log_to("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))


def scene_square():
    shift(log_to("[%(levelname)s] %(asctime)s %(funcName)s: %(message)s"))


def scene_level_name():
    shift(log_to("%(levelname)s | %(name)s | %(message)s"))


def scene_clock():
    shift(log_to("{asctime} {levelname[0]} {name} {message}", "%H:%M:%S", "{"))


def scene_relative():
    shift(log_to("%(relativeCreated)6d %(threadName)s %(levelname)s %(message)s"))


def scene_tagged():
    shift(log_to("[depot] %(levelname)s %(message)s"))


def scene_prints():
    say("I", "Depot MCP server running on stdio")
    for task in (lambda: weigh({}), query, fetch, unpack):
        try:
            task()
        except Exception:
            mark("E")
            traceback.print_exc()
        say("I", "[depot] lane is free")
    say("I", "Shutting down")


def scene_pool():
    say("I", "two workers")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        job = pool.submit(route, EMPTY)
    mark("E")
    job.result()


def scene_loop():
    async def lane():
        route(EMPTY)

    async def main():
        log.info("lanes start")
        done = await asyncio.gather(lane(), lane(), return_exceptions=True)
        for error in done:
            log.error("lane failed", exc_info=error)
        log.info("lanes end")
        await asyncio.wait_for(asyncio.sleep(1), 0.01)

    log = log_to("%(asctime)s %(levelname)-8s %(name)s - %(message)s")
    logging.getLogger("asyncio").setLevel(logging.INFO)
    try:
        asyncio.run(main())
    except asyncio.TimeoutError:
        log.exception("lane took too long")
    log.info("depot closes")


def scene_crash_below_logs():
    log = log_to("%(asctime)s %(levelname)s %(message)s")
    for n in range(6):
        log.info("parcel %d", n)
    log.warning("parcel 17 has no boxes")
    mark("E")
    route(EMPTY)


def scene_warn():
    log = log_to("%(levelname)s:%(name)s:%(message)s")
    log.info("checking")
    mark("W")
    warnings.warn("lane() is old; use route()", FutureWarning, stacklevel=2)
    log.info("checked")
    logging.captureWarnings(True)
    warnings.warn("lane 3 is old", UserWarning)
    log.info("checked again")


def scene_children():
    say("I", "children follow")
    for level, script in (
        ("E", "import nothing_here"),
        ("E", "raise RuntimeError('no lid')"),
        ("E", "import threading\nthreading.Thread(target=lambda: 1/0).start()"),
        ("E", "assert 1 == 2, 'one is not two'"),
        ("E", "class A:\n    def __del__(self): 1/0\nA()"),
        ("W", "import asyncio\nasync def a(): pass\na()"),
        ("E", "f(\n"),
        ("W", "raise KeyboardInterrupt"),
        ("E", "import json; json.loads('[1,')"),
        ("E", "import os; os.listdir('/none')"),
        ("E", "from concurrent.futures import ProcessPoolExecutor\nif __name__ == '__main__':\n    with ProcessPoolExecutor(1) as p: p.submit(int, 'x').result()"),
    ):
        mark(level)
        subprocess.run([sys.executable, "-c", script])
        say("I", "child ended")


def scene_threads():
    say("I", "lane thread starts")
    mark("E")
    thread = threading.Thread(target=route, args=(EMPTY,), name="lane-1")
    thread.start()
    thread.join()
    say("I", "lane thread ended")


def scene_click():
    import click

    @click.command()
    @click.option("--lane", type=int, required=True)
    def depot(lane):
        route(EMPTY)

    say("I", "depot 2.1")
    for args in (["--lane", "x"], [], ["--none"]):
        mark("E")
        try:
            depot.main(args, prog_name="depot")
        except SystemExit:
            say("I", "not started")


def scene_libraries():
    import httpx
    import requests
    import yaml
    from pydantic import BaseModel

    class Parcel(BaseModel):
        id: int
        lane: str

    log = log_to("%(asctime)s - %(levelname)s - %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name in ("urllib3", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    log.info("asking libraries")
    for task in (
        lambda: Parcel(id="x"),
        lambda: requests.get("http://127.0.0.1:9/", timeout=1),
        lambda: httpx.get("http://127.0.0.1:9/"),
        lambda: yaml.safe_load("a: b: c"),
        lambda: httpx.Response(503, request=httpx.Request("GET", "http://lane/")).raise_for_status(),
    ):
        try:
            task()
        except Exception as error:
            log.exception("library failed")
            log.error("in short: %s", error)
        log.info("next library")


if __name__ == "__main__":
    globals()["scene_" + sys.argv[1]]()

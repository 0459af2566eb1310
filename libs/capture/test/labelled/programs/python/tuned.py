# python tuned.py <scene>: each scene prints what a server prints in one bad moment.
import logging
import os
import subprocess
import sys
import threading
import traceback
import warnings

from mark import mark, say


def read_index(path):
    return open(path)


def lookup(table, key):
    return table["rows"][0][key]


def chained():
    try:
        read_index("/srv/data/index.json")
    except OSError as error:
        raise RuntimeError("catalogue is not readable") from error


def doubled():
    try:
        lookup({"rows": [{}]}, "name")
    except KeyError:
        int("twelve")


def logger(form, **extra):
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format=form, force=True, **extra)
    return logging.getLogger("catalogue")


def ordinary(log):
    mark("I")
    log.info("listening on port %d", 8080)
    mark("I")
    log.info("0 errors, 3 tools loaded")
    mark("W")
    log.warning("cache is cold")
    mark("D")
    log.debug("looking up %s", "alpha")


def mixed(log):
    ordinary(log)
    for task in (chained, doubled):
        try:
            task()
        except Exception:
            mark("E")
            log.exception("lookup failed")
        mark("I")
        log.info("request done in 12 ms")
    mark("E")
    log.error("giving up on alpha")
    mark("E")
    log.critical("no space left")
    mark("I")
    log.info("multi-line follows:\n  first\n  second")
    mark("I")
    log.info("stopped")


def scene_logging():
    mixed(logger("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))


def scene_logging_short():
    mixed(logger("%(levelname)s:%(name)s:%(message)s"))


def scene_logging_bracket():
    mixed(logger("[%(asctime)s] [%(levelname)s] %(name)s: %(message)s"))


def scene_logging_pipe():
    mixed(logger("%(asctime)s | %(levelname)-8s | %(name)s:%(funcName)s:%(lineno)d - %(message)s"))


def scene_print_exc():
    say("I", "Catalogue server running on stdio")
    for task in (chained, doubled, lambda: lookup({"rows": []}, "name")):
        try:
            task()
        except Exception:
            mark("E")
            traceback.print_exc()
        say("I", "request ended")
    say("I", "Processing request of type ListToolsRequest")


def scene_uncaught():
    say("I", "starting")
    mark("E")
    chained()


def scene_uncaught_plain():
    say("I", "INFO:     Started server process [4242]")
    say("I", "INFO:     Waiting for application startup.")
    mark("E")
    lookup({"rows": [{"id": 1}]}, "name")


def scene_recursion():
    def walk(n):
        return walk(n + 1)

    say("I", "walking the tree")
    mark("E")
    walk(0)


def scene_thread():
    say("I", "starting worker")
    mark("E")
    worker = threading.Thread(target=doubled, name="indexer")
    worker.start()
    worker.join()
    say("I", "worker ended")


def scene_asyncio():
    import asyncio
    import gc

    async def fail():
        chained()

    async def main():
        asyncio.get_running_loop().create_task(fail())
        mark("E")
        await asyncio.sleep(0.01)
        gc.collect()
        say("I", "loop goes on")

    logger("%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.INFO)
    asyncio.run(main())


def scene_ignored():
    class Handle:
        def __del__(self):
            raise ValueError("handle was never opened")

    say("I", "closing handles")
    mark("E")
    handle = Handle()
    del handle
    say("I", "all closed")


def scene_warnings():
    say("I", "configuring")
    mark("W")
    warnings.warn("option lazy goes away", DeprecationWarning, stacklevel=1)
    mark("W")
    warnings.warn("cache folder is world-readable", stacklevel=1)
    say("I", "configured")
    mark("W")
    warnings.warn_explicit("no source line here", UserWarning, "<string>", 7)
    say("I", "ready")


def scene_imports():
    say("I", "loading plugins")
    for name in ("missing.py", "broken.py", "tabs.py", "circular_a.py"):
        mark("E")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "plugins", name)])
    mark("E")
    subprocess.run([sys.executable, "/srv/plugins/none.py"])
    mark("E")
    subprocess.run([sys.executable, "-m", "catalogue_driver"])
    say("I", "plugins: 0 loaded")


def scene_fatal():
    import faulthandler

    say("I", "checking the native driver")
    mark("E")
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", "import ctypes\ndef read():\n    ctypes.string_at(0)\nread()"])
    say("I", "driver worker ended")
    mark("E")
    subprocess.run([sys.executable, "-c", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))\nb = bytearray(1 << 32)"])
    say("I", "memory worker ended")


def scene_groups():
    def group():
        found = []
        for task in (chained, doubled):
            try:
                task()
            except Exception as error:
                found.append(error)
        raise ExceptionGroup("two tasks failed", found)

    log = logger("%(asctime)s %(levelname)s %(message)s")
    mark("I")
    log.info("starting tasks")
    try:
        group()
    except Exception:
        mark("E")
        log.exception("task group failed")
    mark("I")
    log.info("going on")
    try:
        error = ValueError("bad row")
        error.add_note("row 17 of index.json")
        error.add_note("see the manual,\nchapter 3")
        raise error
    except ValueError:
        mark("E")
        traceback.print_exc()
    say("I", "done with the notes")
    mark("E")
    group()


def scene_assert():
    say("I", "self check")
    mark("E")
    got = {"a": 1}
    assert got == {"a": 2}, f"rows differ:\n  got: {got}\n  want: a=2"


def scene_pprint():
    import json
    import pprint

    say("I", "state follows")
    say("I", json.dumps({"tools": ["a", "b"], "limits": {"rows": 10}}, indent=2))
    say("I", pprint.pformat({"alpha": list(range(30)), "beta": "x" * 60, "gamma": {"k": "y" * 40}}))
    say("I", "state ends")


def scene_interrupt():
    import _thread

    say("I", "serving")
    mark("W")
    _thread.interrupt_main()
    import time

    time.sleep(1)


globals()["scene_" + sys.argv[1]]()

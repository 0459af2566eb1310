# python third.py <scene>: made before the rules were looked at again; scored, then mended for.
import asyncio
import faulthandler
import gc
import json
import logging
import logging.config
import os
import subprocess
import sys
import threading
import time
import traceback
import tracemalloc
import warnings

from mark import mark, say
from third_tasks import MESSAGE, MailboxError, deliver, explain, parse_header, refuse, requeue, run_filter


def log_to(form, style="%", date=None):
    logging.basicConfig(stream=sys.stderr, level=1, format=form, style=style, datefmt=date, force=True)
    return logging.getLogger("mail.spool")


def caught(log, task, text, *args):
    try:
        task()
    except Exception:
        mark("E")
        log.exception(text, *args)


def morning(log):
    mark("I")
    log.info("spool opened, 14 messages")
    mark("D")
    log.debug("settings in use:\n%s", json.dumps({"spool": "/var/mail", "retries": 3}, indent=2))
    caught(log, lambda: deliver(MESSAGE), "message %d stays in the queue", 7)
    mark("W")
    log.warning("queue is at 80 %")
    caught(log, refuse, "delivery was not possible")
    mark("I")
    log.info("plan for today:\n1. deliver\n2. purge\n3. sleep")
    try:
        requeue(MESSAGE)
    except KeyError:
        mark("W")
        log.warning("no queue given, using the default one", exc_info=True)
    caught(log, explain, "spool is closed")
    mark("E")
    log.error("filter gave up:\nrule 3: unknown field\nrule 9: unknown field")
    caught(log, run_filter, "filter ended")
    mark("D")
    log.debug("memory of the parser", exc_info=MailboxError("only remembered"))
    mark("I")
    log.info("spool closed")


def scene_dashed():
    morning(log_to("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))


def scene_padded():
    morning(log_to("%(levelname)-8s %(name)s:%(lineno)d %(message)s"))


def scene_in_module():
    morning(log_to("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))


def scene_name_first():
    morning(log_to("%(name)s [%(levelname)s] %(message)s"))


def scene_dated():
    morning(log_to("{asctime} {levelname:<7}| {message}", "{", "%d/%b/%Y %H:%M:%S"))


def scene_message_only():
    log = log_to("%(message)s")
    mark("I")
    log.info("spool opened, 14 messages")
    caught(log, lambda: deliver(MESSAGE), "message 7 stays in the queue")
    mark("I")
    log.info("next message")
    caught(log, run_filter, "filter failed")
    mark("I")
    log.info("next message")
    mark("I")
    log.info("spool closed")


def scene_prints():
    say("I", "mail server on stdio")
    for task in (lambda: parse_header("a:b"), lambda: deliver(MESSAGE), refuse, run_filter, lambda: requeue(MESSAGE)):
        try:
            task()
        except Exception:
            mark("E")
            traceback.print_exc()
        say("I", "request done")
    try:
        explain()
    except PermissionError as error:
        mark("E")
        traceback.print_exception(type(error), error, error.__traceback__, limit=1)
    say("I", "mail server ends")


def scene_prints_between_logs():
    log = log_to("%(asctime)s %(levelname)s %(message)s")
    for n in range(3):
        mark("I")
        log.info("request %d", n)
        mark("D")
        log.debug("arguments: {'id': %d}", n)
    try:
        deliver(MESSAGE)
    except MailboxError:
        mark("E")
        traceback.print_exc()
    mark("I")
    log.info("request 4")
    try:
        parse_header("x")
    except ValueError:
        mark("E")
        traceback.print_exc()
    say("I", "spool: 3 left")
    mark("W")
    log.warning("request 5 is late")
    mark("E")
    requeue(MESSAGE)


def scene_warnings():
    warnings.simplefilter("always")
    say("I", "reading the settings")
    mark("W")
    warnings.warn("option old_spool goes away\nuse spool instead", DeprecationWarning, stacklevel=2)
    say("I", "settings read")
    logging.captureWarnings(True)
    log = log_to("%(asctime)s %(levelname)s %(name)s %(message)s")
    mark("I")
    log.info("from here on warnings are logged")
    mark("W")
    warnings.warn("spool folder is world-readable", UserWarning, stacklevel=1)
    mark("I")
    log.info("ready")
    logging.captureWarnings(False)
    mark("W")
    open(__file__)
    say("I", "bye")


def scene_tracemalloc():
    warnings.simplefilter("always")
    tracemalloc.start(5)

    def leak():
        open(__file__)

    say("I", "memory is watched")
    mark("W")
    leak()
    say("I", "memory snapshot:")
    for stat in tracemalloc.take_snapshot().statistics("lineno")[:3]:
        say("I", str(stat))
    say("I", "memory snapshot ends")


def scene_tasks():
    async def fail():
        deliver(MESSAGE)

    async def refused():
        refuse()

    async def main(log):
        for task in (fail, refused):
            mark("E")
            asyncio.ensure_future(task())
            await asyncio.sleep(0.01)
            gc.collect()
            mark("I")
            log.info("loop goes on")
        mark("E")
        asyncio.get_running_loop().call_soon(parse_header, "x")
        await asyncio.sleep(0.01)
        mark("I")
        log.info("loop goes on")
        pending = asyncio.get_running_loop().create_future()
        mark("E")
        pending.set_exception(OSError("nobody looked"))
        del pending
        gc.collect()
        mark("I")
        log.info("loop ends")

    log = log_to("%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s %(message)s", date="%H:%M:%S")
    logging.getLogger("asyncio").setLevel(logging.INFO)
    asyncio.run(main(log))


def scene_tasks_without_logging():
    async def fail():
        deliver(MESSAGE)

    async def main():
        say("I", "loop starts")
        mark("E")
        asyncio.ensure_future(fail())
        await asyncio.sleep(0.01)
        gc.collect()
        say("I", "loop goes on")
        mark("E")
        asyncio.get_running_loop().call_soon(requeue, MESSAGE)
        await asyncio.sleep(0.01)
        say("I", "loop ends")

    asyncio.run(main())


def scene_debug_loop():
    async def main():
        mark("I")
        log.info("loop starts")
        mark("W")
        time.sleep(0.2)
        await asyncio.sleep(0)
        mark("I")
        log.info("loop ends")

    log = log_to("%(levelname)s:%(name)s:%(message)s")
    logging.getLogger("asyncio").setLevel(logging.INFO)
    asyncio.run(main(), debug=True)


def scene_groups():
    async def gather():
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(deliver, MESSAGE))
            group.create_task(asyncio.to_thread(refuse))

    log = log_to("%(asctime)s [%(levelname)s] %(message)s")
    mark("I")
    log.info("two deliveries at once")
    caught(log, lambda: asyncio.run(gather()), "deliveries failed")
    mark("I")
    log.info("once more")
    try:
        asyncio.run(gather())
    except BaseExceptionGroup as error:
        error.add_note("both belong to request 12")
        mark("E")
        traceback.print_exc()
    mark("I")
    log.info("ended")


def scene_notes():
    say("I", "checking the filter rules")
    try:
        parse_header("x")
    except ValueError as error:
        error.add_note("rule 3 of filters.json")
        error.add_note("Rules are checked in the order of the file.")
        mark("E")
        traceback.print_exc()
    say("I", "rules checked")


def scene_bad_format():
    log = log_to("%(asctime)s %(levelname)s %(message)s")
    mark("I")
    log.info("spool opened")
    mark("E")
    log.info("moved %d messages", "many")
    mark("I")
    log.info("spool closed")


def scene_config():
    logging.config.dictConfig({
        "version": 1,
        "formatters": {"long": {"format": "%(asctime)s %(process)d %(threadName)s %(levelname)s %(pathname)s:%(lineno)d\n    %(message)s"}},
        "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "long", "stream": "ext://sys.stderr"}},
        "root": {"level": "DEBUG", "handlers": ["err"]},
    })
    log = logging.getLogger("mail")
    mark("I")
    log.info("spool opened")
    mark("I")
    log.info("SELECT id, size\nFROM messages\nWHERE queue = 'late'\nORDER BY size")
    caught(log, lambda: deliver(MESSAGE), "not delivered")
    mark("W")
    log.warning("| queue | size |\n|-------|------|\n| late  | 12   |")
    mark("I")
    log.info("spool closed")


def scene_config_broken():
    say("I", "loading logging.json")
    mark("E")
    logging.config.dictConfig({"version": 1, "handlers": {"h": {"class": "logging.NoSuchHandler"}}, "root": {"handlers": ["h"]}})


def scene_faulthandler():
    say("I", "server is slow, where is it?")
    mark("E")
    worker = threading.Thread(target=time.sleep, args=(0.2,))
    worker.start()
    faulthandler.dump_traceback(all_threads=True)
    worker.join()
    say("I", "going on")
    mark("E")
    faulthandler.dump_traceback_later(0.05, exit=False)
    time.sleep(0.1)
    say("I", "calling the native parser")
    mark("E")
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", "import faulthandler\nfaulthandler._sigsegv()"])
    say("I", "native parser ended")
    mark("E")
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", "import os\nos.abort()"])
    say("I", "all ended")


def scene_threads():
    def work():
        deliver(MESSAGE)

    log = log_to("%(asctime)s %(levelname)s [%(threadName)s] %(message)s")
    mark("I")
    log.info("worker starts")
    mark("E")
    worker = threading.Thread(target=work, name="mail-1")
    worker.start()
    worker.join()
    mark("I")
    log.info("worker ended")
    mark("E")
    worker = threading.Thread(target=explain, name="mail-2")
    worker.start()
    worker.join()
    mark("I")
    log.info("worker ended")


def scene_unraisable():
    import atexit

    class Spool:
        def __del__(self):
            explain()

    say("I", "closing the spool")
    mark("E")
    Spool()
    say("I", "spool closed")
    atexit.register(say, "I", "really the end")
    atexit.register(refuse)
    atexit.register(mark, "E")


def scene_arguments():
    import argparse

    say("I", "mail server 1.4")
    parser = argparse.ArgumentParser(prog="mail-mcp")
    parser.add_argument("--spool", required=True)
    parser.add_argument("--retries", type=int)
    mark("E")
    parser.parse_args(["--retries", "many"])


def scene_starts():
    for command in (
        ["-c", "import mail_filters"],
        ["-c", "from json import loadz"],
        ["-c", "retries = 3\n  spool = 4"],
        ["-c", "print('mail"],
        ["/srv/mail/none.py"],
        ["-m", "mail_filters.server"],
        ["--no-such-option"],
        ["-W", "error", "-c", "import warnings; warnings.warn('spool is old')"],
        ["-c", "import json; json.loads('{\"id\": 7,}')"],
        ["-c", "open('/nowhere/spool')"],
        ["-c", "import socket; socket.create_connection(('127.0.0.1', 9))"],
        ["-c", "b'\\xff'.decode()"],
        ["-c", "import os; os.environ['SPOOL_DIR']"],
        ["-c", "raise SystemExit('mail-mcp: SPOOL_DIR is not set\\nSet it to the folder of the messages.')"],
    ):
        mark("I" if "SystemExit" in command[-1] else "E")
        subprocess.run([sys.executable, *command], env={k: v for k, v in os.environ.items() if k != "SPOOL_DIR"})
        say("I", "tried")


def scene_interrupt():
    say("I", "serving")
    mark("W")
    script = "import os, signal, asyncio\nasync def main():\n    os.kill(os.getpid(), signal.SIGINT)\n    await asyncio.sleep(1)\nasyncio.run(main())"
    subprocess.run([sys.executable, "-c", script])
    say("I", "interrupted")


def scene_pydantic():
    import pydantic

    class Filter(pydantic.BaseModel):
        field: str
        size: int
        queue: dict

    log = log_to("%(levelname)s:     %(message)s")
    mark("I")
    log.info("reading filters")
    caught(log, lambda: Filter(**{"size": "big", "queue": 3}), "filter 1 is not usable")
    mark("I")
    log.info("reading filters without a log")
    try:
        Filter(**{"field": 3, "size": 1.5, "queue": {}})
    except pydantic.ValidationError as error:
        mark("E")
        log.error("filter 2: %s", error)
        mark("E")
        traceback.print_exc()
    mark("I")
    log.info("1 filter left")
    mark("E")
    Filter(**{})


def scene_jsonschema():
    import jsonschema

    schema = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["field"]}
    log = log_to("%(asctime)s %(name)s %(levelname)s %(message)s")
    mark("I")
    log.info("reading schemas")
    caught(log, lambda: jsonschema.validate({"field": 1, "size": "big"}, schema), "schema says no")
    mark("I")
    log.info("reading schemas")
    try:
        jsonschema.validate({"size": 3}, schema)
    except jsonschema.ValidationError:
        mark("E")
        traceback.print_exc()
    say("I", "schemas read")
    mark("E")
    jsonschema.validate([], schema)


def scene_yaml():
    import yaml

    log = log_to("%(asctime)s %(name)s %(levelname)s %(message)s")
    mark("I")
    log.info("reading filters.yaml")
    caught(log, lambda: yaml.safe_load("a: [1, 2\nb: 3"), "filters.yaml is not readable")
    mark("I")
    log.info("reading rules.yaml")
    try:
        yaml.safe_load("a: {b: c\nd: 'x")
    except yaml.YAMLError as error:
        mark("E")
        log.error("rules.yaml: %s", error)
    mark("E")
    yaml.safe_load("- a\n b: c: d")


globals()["scene_" + sys.argv[1]]()

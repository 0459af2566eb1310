# python third_servers.py <scene>: servers and loggers as Debian 12 packs them.
import asyncio
import logging
import subprocess
import sys
import threading
import time

from mark import mark, say
from third_tasks import MESSAGE, deliver, explain, parse_header, refuse, requeue

LETTERS = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "E"}


def mark_each(*names):
    """A mark before each record of loggers that are not ours to call."""
    for name in names:
        for handler in logging.getLogger(name).handlers:
            emit = handler.emit
            handler.emit = lambda record, emit=emit: (mark(LETTERS[record.levelname]), emit(record))


def serve(app, port, **settings):
    import uvicorn

    # The access log goes to stderr too, as servers on stdio must do.
    config = uvicorn.Config(app, port=port, lifespan="on", **settings)
    for name in ("uvicorn", "uvicorn.access"):
        for handler in logging.getLogger(name).handlers:
            handler.stream = sys.stderr
    mark_each("uvicorn", "uvicorn.access")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    return server, thread


def scene_uvicorn():
    import httpx
    from fastapi import FastAPI
    from starlette.responses import PlainTextResponse

    app = FastAPI()

    @app.get("/deliver")
    def door():
        return deliver(MESSAGE)

    @app.get("/refuse")
    async def other_door():
        refuse()

    @app.get("/bad")
    async def bad() -> dict:
        return PlainTextResponse("ok")

    server, thread = serve(app, 18473)
    for path in ("/deliver", "/bad", "/refuse", "/none"):
        httpx.get(f"http://127.0.0.1:18473{path}")
        time.sleep(0.05)
    server.should_exit = True
    thread.join()


def scene_uvicorn_startup():
    from fastapi import FastAPI

    app = FastAPI()

    @app.on_event("startup")
    async def startup():
        explain()

    _, thread = serve(app, 18474)
    thread.join()


def scene_uvicorn_port():
    import socket

    from fastapi import FastAPI

    with socket.create_server(("127.0.0.1", 18475)):
        _, thread = serve(FastAPI(), 18475)
        thread.join()


def scene_flask():
    from flask import Flask

    app = Flask("mail")
    mark_root = logging.getLogger("werkzeug")
    mark_root.setLevel(logging.INFO)

    @app.get("/deliver")
    def door():
        return deliver(MESSAGE)

    client = app.test_client()
    say("I", " * Serving Flask app 'mail'")
    say("I", " * Debug mode: off")
    for path in ("/deliver", "/deliver"):
        mark("E")
        client.get(path)
    say("I", "127.0.0.1 - - [24/Nov/2026 09:12:11] \"GET /deliver HTTP/1.1\" 500 -")


def scene_pip():
    say("I", "installing filters")
    mark("E")
    subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "mail-filters"])
    say("I", "once more, outside of the system")
    for level, line in zip("EEI", pip_lines()):
        say(level, line)
    say("I", "no filters")


def pip_lines():
    command = [sys.executable, "-m", "pip", "install", "--break-system-packages", "--no-index", "mail-filters"]
    return subprocess.run(command, capture_output=True, text=True).stderr.strip().split("\n")


def scene_gunicorn():
    say("I", "a worker cannot boot")
    mark_lines("gunicorn", ["-b", "127.0.0.1:18476", "-w", "1", "mail_filters:app"])


def mark_lines(module, args):
    """A program that only heads its records with `[date time +0000]`: the head is the mark."""
    done = subprocess.run([sys.executable, "-m", module, *args], capture_output=True, text=True)
    text = []
    for line in done.stderr.splitlines():
        if line.startswith("[2"):
            text.append(f"\x1e{'E' if 'ERROR' in line else 'W' if 'WARN' in line else 'I'}\x1f{line}")
        else:
            text.append(line)
    sys.stderr.write("\n".join(text) + "\n")


def scene_structlog_key_value():
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S"),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    night(structlog.get_logger())


def scene_loguru():
    from loguru import logger

    logger.configure(handlers=[{"sink": sys.stderr, "diagnose": True, "backtrace": True}])
    night(logger)


def scene_loguru_short():
    from loguru import logger

    logger.configure(handlers=[{"sink": sys.stderr, "format": "<level>{level: <8}</level> {message}", "diagnose": False}])
    night(logger)


def scene_colorlog():
    import colorlog

    handler = colorlog.StreamHandler(sys.stderr)
    handler.setFormatter(colorlog.ColoredFormatter("%(log_color)s%(asctime)s %(levelname)s%(reset)s %(message)s", force_color=True))
    log = logging.getLogger("mail")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    night(log)


def night(log):
    mark("I")
    log.info("spool opened, 14 messages")
    for task in (lambda: deliver(MESSAGE), lambda: parse_header("x"), refuse):
        try:
            task()
        except Exception:
            mark("E")
            log.exception("message 7 stays in the queue")
        mark("D")
        log.debug("next message")
    mark("I")
    log.info("queues:\n  late: 12\n  early: 0")
    try:
        requeue(MESSAGE)
    except KeyError:
        mark("W")
        log.warning("no queue given", exc_info=True)
    mark("E")
    log.error("spool is full")
    mark("I")
    log.info("spool closed")


globals()["scene_" + sys.argv[1]]()

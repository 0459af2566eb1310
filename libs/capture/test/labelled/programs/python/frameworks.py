# python frameworks.py <scene>: loggers of other people, rich boxes, servers.
import logging
import sys

from mark import mark, say
from tuned_tasks import chained, doubled


def flow(log):
    mark("I")
    log.info("listening on port 8080")
    mark("I")
    log.info("0 errors, 3 tools loaded")
    mark("W")
    log.warning("cache is cold")
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
    mark("I")
    log.info("a rather long line that tells about everything that went well in the last minute of this server, so that it wraps")
    mark("D")
    log.debug("stopped")


def scene_loguru():
    from loguru import logger

    logger.configure(handlers=[{"sink": sys.stderr, "diagnose": False}])
    flow(logger)
    mark("I")
    logger.success("all rows stored")
    mark("D")
    logger.configure(handlers=[{"sink": sys.stderr, "level": "TRACE", "serialize": True}])
    logger.trace("leaving")
    mark("E")
    try:
        chained()
    except Exception:
        logger.exception("as json")


def scene_loguru_diagnose():
    from loguru import logger

    logger.configure(handlers=[{"sink": sys.stderr, "diagnose": True}])
    flow(logger)


def scene_structlog_console():
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    flow(structlog.get_logger("catalogue"))


def scene_structlog_json():
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    flow(structlog.get_logger())


def scene_structlog_logfmt():
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    flow(structlog.get_logger())


def scene_colorlog():
    import colorlog

    handler = colorlog.StreamHandler(sys.stderr)
    handler.setFormatter(colorlog.ColoredFormatter("%(log_color)s%(levelname)-8s%(reset)s %(blue)s%(message)s", force_color=True))
    log = logging.getLogger("catalogue")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    flow(log)


def rich_console():
    from rich.console import Console

    return Console(file=sys.stderr, width=80)


def scene_rich_log():
    from rich.logging import RichHandler

    log = logging.getLogger("catalogue")
    log.addHandler(RichHandler(console=rich_console(), rich_tracebacks=True))
    log.setLevel(logging.DEBUG)
    flow(log)


def scene_rich_plain():
    from rich.logging import RichHandler

    log = logging.getLogger("catalogue")
    log.addHandler(RichHandler(console=rich_console(), show_path=False))
    log.setLevel(logging.DEBUG)
    flow(log)


def scene_rich_uncaught():
    from rich.traceback import install

    install(console=rich_console())
    say("I", "starting")
    say("I", "Listening for requests")
    mark("E")
    chained()


def scene_rich_panel():
    from rich.panel import Panel
    from rich.table import Table

    console = rich_console()
    mark("I")
    console.print(Panel("Catalogue 1.2\n\nRuns on stdio", title="server"))
    say("I", "ready")
    table = Table(title="Tools")
    table.add_column("name")
    table.add_column("calls")
    table.add_row("search", "3")
    table.add_row("fetch", "1")
    mark("I")
    console.print(table)
    say("I", "bye")


def scene_pydantic():
    import pydantic

    class Page(pydantic.BaseModel):
        size: int
        title: str

    say("I", "INFO:catalogue:reading pages")
    try:
        Page.model_validate({"size": "many", "title": 3})
    except pydantic.ValidationError as error:
        mark("E")
        logging.basicConfig(stream=sys.stderr, level=logging.INFO)
        logging.exception("bad page")
        mark("I")
        logging.info("page skipped")
    mark("E")
    Page.model_validate({"size": None})


def scene_httpx():
    import httpx

    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    log = logging.getLogger("catalogue")
    transport = httpx.MockTransport(lambda request: httpx.Response(401 if "private" in request.url.path else 200))
    with httpx.Client(transport=transport) as client:
        mark("I")
        log.info("asking upstream")
        mark("I")
        client.get("https://api.example.org/v1/pages?size=3")
        mark("W")
        answer = client.get("https://api.example.org/private/pages")
        try:
            answer.raise_for_status()
        except httpx.HTTPStatusError:
            mark("E")
            log.exception("upstream refused")
    try:
        with httpx.Client() as client:
            client.get("http://127.0.0.1:9/none")
    except httpx.HTTPError:
        mark("E")
        log.exception("upstream is gone")
    mark("I")
    log.info("waiting for the next request")


def scene_uvicorn():
    import asyncio

    import httpx
    import uvicorn

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        if scope["path"] == "/fail":
            doubled()
        status = 404 if scope["path"] == "/none" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def main():
        config = uvicorn.Config(app, port=0, lifespan="off", log_config={**uvicorn.config.LOGGING_CONFIG})
        config.load()
        logging.getLogger("uvicorn.access").handlers[0].stream = sys.stderr
        server = uvicorn.Server(config)
        for handler in logging.getLogger("uvicorn").handlers + logging.getLogger("uvicorn.access").handlers:
            handler.addFilter(lambda record: mark(level_of(record)) or True)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for path in ("/mcp?x=1", "/none", "/fail", "/mcp"):
                await client.get(path)
        server.should_exit = True
        await task

    asyncio.run(main())


def level_of(record):
    if record.name == "uvicorn.access":
        status = record.args[4]
        return "E" if status >= 500 else "W" if status >= 400 else "I"
    return {"INFO": "I", "WARNING": "W", "ERROR": "E"}[record.levelname]


def scene_flask():
    import flask

    app = flask.Flask("catalogue")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)

    @app.get("/fail")
    def fail():
        chained()

    mark("I")
    app.logger.info("ready")
    mark("E")
    app.test_client().get("/fail")
    say("I", "INFO:werkzeug:127.0.0.1 - - [23/Nov/2026 06:00:01] \"GET /tools HTTP/1.1\" 200 -")
    mark("W")
    app.logger.warning("no client left")


globals()["scene_" + sys.argv[1]]()

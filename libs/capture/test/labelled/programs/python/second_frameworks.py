# python second_frameworks.py <scene>: looked at once, after the first score.
import logging
import sys

from second_tasks import book
from mark import mark, say


def flow(log):
    mark("I")
    log.info("hotel is open; error budget: 100 %")
    mark("W")
    log.warning("2 guests wait")
    try:
        book(4)
    except Exception:
        mark("E")
        log.exception("booking failed")
    mark("E")
    log.error("desk 3 does not answer")
    mark("I")
    log.info("closed")


def scene_rich_wide():
    from rich.console import Console
    from rich.logging import RichHandler

    handler = RichHandler(console=Console(file=sys.stderr, width=120), rich_tracebacks=True, tracebacks_show_locals=True, omit_repeated_times=False)
    logging.basicConfig(level=logging.INFO, format="%(message)s", datefmt="[%X]", handlers=[handler])
    flow(logging.getLogger("hotel"))


def scene_rich_plain_uncaught():
    from rich.console import Console
    from rich.traceback import Traceback

    console = Console(file=sys.stderr, width=100)
    say("I", "hotel-mcp ready")
    try:
        book(7)
    except Exception:
        mark("E")
        console.print(Traceback(show_locals=True))
    say("I", "hotel-mcp goes on")
    mark("I")
    console.rule("night")
    mark("I")
    console.print_json('{"rooms": [1, 2], "open": true}')
    say("I", "good night")


def scene_loguru_plain():
    from loguru import logger

    logger.configure(handlers=[{"sink": sys.stderr, "format": "{time:HH:mm:ss} {level} {message}", "backtrace": False, "diagnose": True}])
    flow(logger)


def scene_structlog_console_plain():
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    flow(structlog.get_logger())


def scene_fastmcp():
    import asyncio

    from fastmcp import FastMCP
    from fastmcp.client import Client

    server = FastMCP("hotel")

    @server.tool
    def book_room(room: int) -> str:
        book(room)
        return "booked"

    async def main():
        async with Client(server) as client:
            say("I", "asking for room 4")
            mark("E")
            try:
                await client.call_tool("book_room", {"room": 4})
            except Exception:
                say("I", "the tool said no")

    asyncio.run(main())


globals()["scene_" + sys.argv[1]]()

# python third_rich.py <scene>: what rich draws on stderr.
import asyncio
import gc
import logging
import sys
import time

from mark import mark, say
from rich.console import Console
from rich.logging import RichHandler
from third_tasks import MESSAGE, deliver, explain, parse_header, refuse, requeue, run_filter


def console(width=80):
    return Console(file=sys.stderr, width=width)


def log_with(handler, form="%(message)s", date=None):
    logging.basicConfig(level=logging.DEBUG, format=form, datefmt=date, handlers=[handler], force=True)
    return logging.getLogger("mail.spool")


def caught(log, task, text):
    try:
        task()
    except Exception:
        mark("E")
        log.exception(text)


def morning(log, shown=True):
    """Where no level is shown only a traceback tells of an error."""
    mark("I")
    log.info("Starting MCP server 'mail' with transport 'stdio'")
    mark("I")
    log.info("Processing request of type ListToolsRequest")
    mark("D" if shown else "I")
    log.debug("settings in use:\n  spool: /var/mail\n  retries: 3")
    caught(log, lambda: deliver(MESSAGE), "Error calling tool 'deliver'")
    mark("I")
    log.info("Processing request of type CallToolRequest")
    mark("W" if shown else "I")
    log.warning("the queue named %s is at %d %% and will be refused soon unless somebody purges it", "late", 80)
    caught(log, refuse, "Error calling tool 'refuse'")
    caught(log, lambda: requeue(MESSAGE), "Error calling tool 'requeue'")
    mark("I")
    log.info("Processing request of type CallToolRequest")
    mark("E" if shown else "I")
    log.error("spool /var/mail/a/rather/long/folder/that/does/not/fit/into/the/column/at/all is full")
    mark("E" if shown else "I")
    log.critical("closing")


def scene_rich_fastmcp():
    morning(log_with(RichHandler(console=console(), rich_tracebacks=True)))


def scene_rich_narrow():
    morning(log_with(RichHandler(console=console(48), rich_tracebacks=True, show_path=False)))


def scene_rich_very_narrow():
    morning(log_with(RichHandler(console=console(40), rich_tracebacks=True)))


def scene_rich_date():
    morning(log_with(RichHandler(console=console(120), rich_tracebacks=True, log_time_format="%Y-%m-%d %H:%M:%S", tracebacks_show_locals=True)))


def scene_rich_no_time():
    morning(log_with(RichHandler(console=console(100), rich_tracebacks=True, show_time=False)))


def scene_rich_no_level():
    morning(log_with(RichHandler(console=console(100), show_level=False, show_path=False)), False)


def scene_rich_plain_traceback():
    morning(log_with(RichHandler(console=console(100))))


def scene_rich_named():
    morning(log_with(RichHandler(console=console(90), rich_tracebacks=True, show_path=False), "%(name)s - %(message)s"))


def scene_rich_prints():
    out = console(90)
    say("I", "mail server on stdio")
    for task in (lambda: parse_header("x"), lambda: deliver(MESSAGE), run_filter, refuse):
        try:
            task()
        except Exception:
            mark("E")
            out.print_exception()
        say("I", "request done")
    try:
        requeue(MESSAGE)
    except KeyError:
        mark("E")
        out.print_exception(show_locals=True, width=60, extra_lines=1)
    mark("I")
    out.print("[bold]mail server[/bold] ends")


def scene_rich_installed():
    from rich.traceback import install

    install(console=console(100), show_locals=True)
    say("I", "starting")
    mark("E")
    requeue(MESSAGE)


def scene_rich_installed_message():
    from rich.traceback import install

    install(console=console(70))
    say("I", "starting")
    mark("E")
    explain()


def scene_rich_syntax():
    out = console(80)
    say("I", "reading rules")
    try:
        compile("rules = [1, 2\nprint(rules)", "/srv/mail/rules.py", "exec")
    except SyntaxError:
        mark("E")
        out.print_exception()
    say("I", "rules skipped")


def scene_rich_console_log():
    out = console(80)
    mark("I")
    out.log("spool opened")
    mark("I")
    out.log("queues", {"late": list(range(20)), "early": ["ann", "bob"], "next": None})
    mark("I")
    out.log("a rather long line about everything that was delivered, refused and purged since midnight", log_locals=True)
    mark("I")
    out.log("[red]spool closed[/red]")


def scene_rich_drawings():
    from rich.columns import Columns
    from rich.json import JSON
    from rich.markdown import Markdown
    from rich.panel import Panel
    from rich.syntax import Syntax
    from rich.table import Table
    from rich.tree import Tree
    from rich import box

    out = console(72)
    mark("I")
    out.print(Panel("\nFastMCP  2.0\n\nServer name: mail\nTransport:   STDIO\n\nDocs: https://example.org/docs\n", padding=(0, 4)))
    say("I", "ready")
    tree = Tree("spool")
    tree.add("late").add("7")
    tree.add("early")
    mark("I")
    out.print(tree)
    say("I", "tools follow")
    table = Table(box=box.SIMPLE)
    for name in ("tool", "calls", "failed"):
        table.add_column(name)
    table.add_row("deliver", "12", "1")
    table.add_row("refuse", "3", "3")
    mark("I")
    out.print(table)
    say("I", "more")
    rounded = Table(title="Queues", box=box.ROUNDED, caption="as of now")
    rounded.add_column("name")
    rounded.add_column("size")
    rounded.add_row("late", "12")
    mark("I")
    out.print(rounded)
    say("I", "a panel in a panel")
    mark("I")
    out.print(Panel(Panel("inner", title="one"), title="two", subtitle="three"))
    mark("I")
    out.rule("[bold]night")
    mark("I")
    out.print(Columns([Panel("late"), Panel("early")]))
    say("I", "good night")


def scene_rich_tasks():
    async def fail():
        deliver(MESSAGE)

    async def main():
        mark("I")
        log.info("loop starts")
        mark("E")
        asyncio.ensure_future(fail())
        await asyncio.sleep(0.01)
        gc.collect()
        mark("I")
        log.info("loop ends")

    log = log_with(RichHandler(console=console(80), rich_tracebacks=True, omit_repeated_times=False))
    logging.getLogger("asyncio").setLevel(logging.INFO)
    asyncio.run(main())


def scene_rich_structlog():
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    log = structlog.get_logger("mail")
    mark("I")
    log.info("spool opened", messages=14)
    for task in (lambda: deliver(MESSAGE), refuse, lambda: requeue(MESSAGE)):
        try:
            task()
        except Exception:
            mark("E")
            log.exception("message stays", id=7)
        mark("I")
        log.info("next message")
    mark("W")
    log.warning("queue is full", queue="late")


globals()["scene_" + sys.argv[1]]()

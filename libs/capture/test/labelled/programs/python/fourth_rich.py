# python fourth_rich.py <scene>: rich, scored once.
import logging
import sys

from fourth import EMPTY, fetch, pack, query, route, unpack, weigh
from mark import mark, say
from rich import box
from rich.console import Console
from rich.logging import RichHandler

LETTERS = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "E"}


class Marked(RichHandler):
    def emit(self, record):
        mark(LETTERS[record.levelname])
        super().emit(record)


def log_with(width=80, form="%(message)s", **settings):
    handler = Marked(console=Console(file=sys.stderr, width=width), **settings)
    logging.basicConfig(level=logging.DEBUG, format=form, datefmt="[%X]", handlers=[handler], force=True)
    return logging.getLogger("depot")


def shift(log):
    log.info("Starting MCP server 'depot'")
    log.info("Processing request of type CallToolRequest")
    for task in (lambda: weigh(EMPTY), lambda: route(EMPTY), query, pack):
        try:
            task()
        except Exception as error:
            log.exception("Error executing tool: %s", error)
        log.debug("Response sent")
    log.warning("lane 3 is slow, 12 parcels wait for more than a minute and nobody takes care of them")
    log.error("lane 3 is blocked")
    log.critical("depot closes")
    log.info("bye")


def scene_rich_default():
    shift(log_with(rich_tracebacks=True))


def scene_rich_wide():
    shift(log_with(160, rich_tracebacks=True, tracebacks_show_locals=True))


def scene_rich_named():
    shift(log_with(100, "%(name)s: %(message)s", show_path=False))


def scene_rich_untimed():
    shift(log_with(90, show_time=False, show_path=False, rich_tracebacks=True))


def scene_rich_repeated():
    shift(log_with(70, omit_repeated_times=False, rich_tracebacks=True, tracebacks_extra_lines=0))


def scene_rich_exceptions():
    out = Console(file=sys.stderr, width=80)
    say("I", "Depot MCP server running on stdio")
    for task in (lambda: weigh(EMPTY), lambda: route(EMPTY), query, fetch):
        try:
            task()
        except Exception:
            mark("E")
            out.print_exception(extra_lines=1)
        say("I", "[depot] lane is free")


def scene_rich_pictures():
    from rich.panel import Panel
    from rich.pretty import pprint
    from rich.table import Table
    from rich.tree import Tree

    out = Console(file=sys.stderr, width=60)
    mark("I")
    out.print(Panel.fit("Depot 2.1\nstdio", title="server", box=box.HEAVY))
    say("I", "lanes:")
    for kind in (box.SQUARE, box.HEAVY_HEAD, box.DOUBLE):
        table = Table("lane", "parcels", box=kind)
        table.add_row("a", "3")
        table.add_row("b", "4", end_section=True)
        mark("I")
        out.print(table)
        say("I", "as of now")
    tree = Tree("depot")
    lane = tree.add("lane a")
    lane.add("17")
    lane.add("18")
    tree.add("lane b")
    mark("I")
    out.print(tree)
    say("I", "more")
    mark("I")
    out.rule()
    mark("I")
    pprint({"lanes": ["a", "b"], "names": ["x" * 20, "y" * 20]}, console=out)
    say("I", "good night")


def scene_rich_log():
    out = Console(file=sys.stderr, width=90)
    for text in ("depot opens", "lane a is free", "a parcel that has been lost since monday was found below the third lane", "depot closes"):
        mark("I")
        out.log(text)


def scene_rich_crash():
    from rich.traceback import install

    install(console=Console(file=sys.stderr, width=88))
    say("I", "Depot MCP server running on stdio")
    mark("E")
    unpack()


globals()["scene_" + sys.argv[1]]()

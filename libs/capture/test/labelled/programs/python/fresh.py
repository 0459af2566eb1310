# python fresh.py <scene>: scored once, then left as it is.
import logging
import sys
import traceback

from mark import mark, say


class ShelfLocked(Exception):
    pass


def take(shelf, depth=0):
    if depth < 4:
        return take(shelf, depth + 1)
    return {"books": []}["books"][shelf]


def borrow(shelf):
    try:
        return take(shelf)
    except IndexError:
        raise ShelfLocked(f"shelf {shelf}")


def day(log):
    mark("I")
    log.info("library opens")
    mark("I")
    log.info("errors so far: 0")
    for shelf in (1, 2):
        try:
            borrow(shelf)
        except ShelfLocked as error:
            mark("E")
            log.error("loan refused: %s", error, exc_info=error)
        mark("D")
        log.debug("next reader")
    mark("W")
    log.warning("closing in 5 minutes")
    mark("E")
    log.critical("the door is stuck")


def log_to(form, style="%"):
    logging.basicConfig(stream=sys.stderr, level=1, format=form, style=style, force=True)
    return logging.getLogger("library.desk")


def scene_basic():
    day(log_to(logging.BASIC_FORMAT))


def scene_colon():
    day(log_to("%(asctime)s:%(levelname)s:%(name)s:%(message)s"))


def scene_angle():
    day(log_to("<{levelname}> {name}: {message}", "{"))


def scene_prints():
    say("I", "library server running")
    for shelf in range(3):
        try:
            borrow(shelf)
        except ShelfLocked:
            mark("E")
            traceback.print_exc(file=sys.stderr)
        say("I", f"reader {shelf} left")


def scene_uncaught():
    say("I", "library server running")
    mark("E")
    borrow(7)


globals()["scene_" + sys.argv[1]]()

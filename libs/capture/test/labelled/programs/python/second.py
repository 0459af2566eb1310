# python second.py <scene>: looked at once, after the first score.
import asyncio
import logging
import sys
import traceback
import warnings

from mark import mark, say


class BookingError(Exception):
    def __init__(self, room, detail):
        super().__init__(f"room {room} cannot be booked\ndetail: {detail}")
        self.room = room


def ask(desk, room):
    return desk["rooms"][room]["price"] * 1.19


def book(room):
    try:
        ask({"rooms": {1: {"price": None}}}, 1)
    except TypeError as error:
        try:
            raise LookupError("price list") from error
        except LookupError as lookup:
            raise BookingError(room, "no price") from lookup


def log_to(form, style="%"):
    logging.basicConfig(stream=sys.stderr, level=1, format=form, style=style, force=True)
    return logging.getLogger("hotel.desk")


def shift(log):
    mark("D")
    log.debug("opening drawer 7")
    mark("I")
    log.info("desk is open, errors: none")
    for room in (4, 5):
        try:
            book(room)
        except BookingError:
            mark("E")
            log.exception("could not book room %d", room)
    mark("W")
    log.warning("guest waits for 12 s")
    try:
        book(6)
    except BookingError:
        mark("W")
        log.warning("booking put off", exc_info=True)
    mark("E")
    log.critical("desk is closed")
    mark("I")
    log.info("dump of the drawer:\n    key 4\n    key 5")


def scene_iso():
    shift(log_to("%(asctime)s.%(msecs)03d %(levelname)s [%(process)d] %(name)s -- %(message)s"))


def scene_braces():
    shift(log_to("{asctime} [{levelname:<8}] {message}", "{"))


def scene_thread_name():
    shift(log_to("[%(threadName)s] %(levelname)s: %(message)s"))


def scene_bare():
    say("I", "hotel-mcp: ready")
    for room in (1, 2):
        try:
            book(room)
        except BookingError as error:
            mark("E")
            traceback.print_exc()
            say("I", f"answered with {type(error).__name__}")
    say("I", "hotel-mcp: bye")


def scene_uncaught():
    say("I", "opening the hotel")
    mark("E")
    book(9)


def scene_nested_groups():
    def several():
        found = []
        for room in (1, 2):
            try:
                book(room)
            except BookingError as error:
                found.append(error)
        try:
            raise ExceptionGroup("inner desk", found)
        except ExceptionGroup as group:
            raise ExceptionGroup("hotel", [group, KeyError("key 4")]) from found[0]

    say("I", "opening all desks")
    try:
        several()
    except Exception:
        mark("E")
        traceback.print_exc()
    say("I", "desks closed")
    mark("E")
    asyncio.run(task_group())


async def task_group():
    async def sleepy(n):
        await asyncio.sleep(0)
        raise TimeoutError(f"clerk {n}")

    async with asyncio.TaskGroup() as group:
        for n in range(3):
            group.create_task(sleepy(n))


def scene_warn():
    say("I", "opening")
    mark("W")
    warnings.warn("keys are old", FutureWarning, stacklevel=1)
    mark("W")
    asyncio.run(forgotten())
    say("I", "open")
    mark("W")
    warnings.warn("drawer was left open", ResourceWarning, stacklevel=1) if warnings.simplefilter("always") is None else None
    say("I", "0 warnings left")


async def forgotten():
    async def never():
        return 1

    never()


def scene_syntax():
    say("I", "reading rules")
    mark("E")
    try:
        compile("def rule(:\n  pass", "/srv/rules/first.py", "exec")
    except SyntaxError:
        traceback.print_exc()
    say("I", "skipped the first")
    mark("E")
    exec(compile("rooms = {'a': 1\nprint(rooms)", "/srv/rules/second.py", "exec"))


def scene_async_log():
    async def main():
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: book(3))
        await asyncio.sleep(0.01)

    log = log_to("%(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncio").setLevel(logging.INFO)
    mark("I")
    log.info("loop starts")
    mark("E")
    asyncio.run(main())
    mark("I")
    log.info("loop ended")


def scene_exit():
    say("I", "closing")
    mark("I")
    sys.exit("usage: hotel-mcp [--desk N]\n  --desk N  which desk to open")


globals()["scene_" + sys.argv[1]]()

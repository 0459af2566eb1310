# python held_out.py <scene>: nothing here was looked at while the grouping was made.
import concurrent.futures
import json
import logging
import sys
import traceback
import warnings

from mark import mark, say


class SensorError(RuntimeError):
    pass


def degrees(raw, depth=0):
    if depth < 3:
        return degrees(raw, depth + 1)
    return float(json.loads(raw)["degrees"])


def forecast(raw):
    try:
        return degrees(raw)
    except (KeyError, ValueError) as error:
        raise SensorError(f"sensor sent {raw!r}") from error


def report(log, bad):
    mark("I")
    log.info("asking %d sensors", 4)
    mark("D")
    log.debug("raw: %s", bad)
    try:
        forecast(bad)
    except SensorError:
        mark("E")
        log.exception("forecast failed")
    mark("I")
    log.info("error rate: 0.25")
    try:
        forecast("null")
    except Exception as error:
        mark("E")
        log.error("forecast failed again: %s", error, exc_info=True)
    mark("W")
    log.warning("sensor 3 is slow")


def open_log(form):
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format=form, force=True)
    return logging.getLogger("weather")


def scene_default():
    report(open_log(logging.BASIC_FORMAT), "{")


def scene_syslog():
    report(open_log("%(asctime)s %(process)d %(levelname)s %(module)s:%(lineno)d %(message)s"), "{}")


def scene_level_first():
    report(open_log("%(levelname)-8s %(asctime)s %(message)s"), "{}")


def scene_server():
    say("I", "weather server on stdio, 0 errors")
    for raw in ("{", "{}", '{"degrees": "hot"}'):
        try:
            forecast(raw)
        except SensorError:
            mark("E")
            traceback.print_exc(limit=2)
        say("I", "next sensor")
    say("I", "done")


def scene_crash():
    say("I", "starting sensors")
    mark("E")
    forecast("{}")


def scene_pool():
    say("I", "starting pool")
    mark("E")
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(forecast, "{}").result()


def scene_stack():
    log = open_log("%(asctime)s [%(levelname)s] %(message)s")
    mark("I")
    log.info("where are we", stack_info=True)
    mark("I")
    log.info("here")
    mark("W")
    warnings.warn("sensor 3 goes away", PendingDeprecationWarning, stacklevel=1) if warnings.simplefilter("always") is None else None
    say("I", "[sensor 3] gone")


if __name__ == "__main__":
    globals()["scene_" + sys.argv[1]]()

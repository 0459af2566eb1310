import os
import sys


def mark(level):
    """Says where a record begins and which level a person would give it; taken out again later."""
    sys.stderr.flush()
    os.write(2, f"\x1e{level}\x1f".encode())


def say(level, text):
    mark(level)
    print(text, file=sys.stderr, flush=True)

#!/bin/sh
# An instance that waits until somebody opens the pipe GATE for writing, writes the file LINES to
# stderr in 64 KiB writes, and stays until its stdin is closed.
: < "$GATE"
dd if="$LINES" bs=64k status=none >&2
exec cat > /dev/null

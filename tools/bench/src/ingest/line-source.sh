#!/bin/sh
# An instance that waits until somebody opens the named pipe GATE of the folder in $1 for writing,
# writes its file LINES to stderr in 64 KiB writes, and stays until its stdin is closed. The folder
# is an argument, since a server sees what its command names.
set -e
cd "$1"
: < "$GATE"
dd if="$LINES" bs=64k status=none >&2
exec cat > /dev/null

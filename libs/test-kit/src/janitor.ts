/**
 * Whatever a test starts or creates must go away with it, also when vitest itself is killed with
 * SIGKILL and no exit handler runs. So each test process has a janitor: a small shell in a session
 * of its own that reads orders from a pipe. The pipe closes when the test process dies, however
 * that happens, and the janitor then kills and removes what it was told about.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

const SCRIPT = `
trap '' INT TERM HUP
pids=' ' containers='' dirs=''
while read -r order target; do
  case "$order" in
    watch-pid) pids="$pids$target " ;;
    forget-pid) case "$pids" in *" $target "*) pids="\${pids%% $target *} \${pids#* $target }" ;; esac ;;
    watch-container) containers="$containers $target" ;;
    watch-dir) dirs="$dirs$target
" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
for container in $containers; do docker rm -f "$container" >/dev/null 2>&1; done
printf '%s' "$dirs" | while read -r dir; do rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }; done
`;

type Order = 'watch-pid' | 'forget-pid' | 'watch-container' | 'watch-dir';

let orders: Writable | undefined;

function startJanitor(): Writable {
  const janitor = spawn('sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  janitor.unref();
  // A pipe keeps the event loop alive unless told otherwise; the types do not know that it can.
  (janitor.stdin as Writable & { unref(): void }).unref();
  return janitor.stdin;
}

/** Gives the janitor of this test process one order; `target` is a pid, a container id or a path. */
export function tellJanitor(order: Order, target: string | number): void {
  orders ??= startJanitor();
  orders.write(`${order} ${target}\n`);
}

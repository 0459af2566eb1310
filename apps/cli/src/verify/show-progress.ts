import type { WriteStream } from 'node:tty';
import type { VerifyProgress } from '@mcplog/log-proof';
import { printable } from '../terminal.ts';

const INTERVAL_MS = 200;

/** One line that is written over itself; nothing where nobody watches. */
export function showProgress(
  out: Pick<WriteStream, 'isTTY' | 'write'>,
  isWanted: boolean,
): { show: (progress: VerifyProgress) => void; clear: () => void } {
  const isShown = isWanted && out.isTTY === true;
  let lastMs = 0;
  let isThere = false;
  return {
    show({ directory, done, directories, storedBytes }) {
      const now = performance.now();
      if (!isShown || now - lastMs < INTERVAL_MS) return;
      lastMs = now;
      isThere = true;
      const megabytes = Math.floor(storedBytes / 1_000_000);
      const words = `${done + 1} of ${directories}, ${megabytes} MB, ${directory}`;
      out.write(`\r\u001b[2K${printable(words).slice(0, 78)}`);
    },
    clear() {
      if (isThere) out.write('\r\u001b[2K');
      isThere = false;
    },
  };
}

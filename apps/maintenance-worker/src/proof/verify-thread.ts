/** The program of the verifying thread: one verification, then it ends. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type Finding, formatAnchor, verifyStore } from '@mcplog/log-proof';
import type { FromVerifyThread, VerifyTask } from './run-verification.ts';

const FIRST_MAX = 100;
const PROGRESS_MS = 500;

const tell = (message: FromVerifyThread) => parentPort?.postMessage(message);

async function verify(task: VerifyTask): Promise<void> {
  let toldMs = 0;
  const verification = verifyStore({
    ...task,
    onProgress: ({ done, directories }) => {
      const now = performance.now();
      if (now - toldMs < PROGRESS_MS) return;
      toldMs = now;
      tell({ kind: 'progress', done, total: directories });
    },
  });
  const first: Finding[] = [];
  for await (const finding of verification) if (first.length < FIRST_MAX) first.push(finding);
  const { counts } = verification;
  const { lastCheckpoint, roots } = verification.summary();
  const checkpoint = lastCheckpoint === undefined ? null : formatAnchor(lastCheckpoint);
  const result = { findings: counts.findings, first, counts, checkpoint, roots };
  tell({ kind: 'done', result });
}

// On Linux the priority is the thread's own; where it may not be set, the check is less polite.
try {
  setPriority(constants.priority.PRIORITY_LOW);
} catch {}
verify(workerData as VerifyTask).catch((error: unknown) => {
  tell({ kind: 'failed', problem: error instanceof Error ? error.message : String(error) });
});

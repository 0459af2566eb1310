/** Instances that wait at a gate and then write a file of lines as fast as they can. */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOG_FILES } from '@mcplog/log-entry';
import { eventually } from '@mcplog/test-kit';
import { type ApiSession, logIn } from './api-session.ts';
import type { Product } from './mcplog-product.ts';
import { endOf } from './written-files.ts';

const LINE_SOURCE = fileURLToPath(new URL('line-source.sh', import.meta.url));
const SERVICE = 'lines';
const START_MS_MAX = 300_000;

/** A user whose instances are such writers. */
export interface LineUser {
  readonly session: ApiSession;
  /** Holds a folder for each instance. */
  readonly dir: string;
}

export interface WritingInstance {
  readonly id: string;
  /** The folder of its logs. */
  readonly dir: string;
}

/** `shownDir` holds the files and gates; servers are enclosed, and see what their command names. */
export async function makeLineUser(
  { url, admin, logDir }: Product,
  shownDir: string,
): Promise<LineUser> {
  const user = { username: 'bench', password: 'only on this machine for a minute' };
  const { id } = await admin.call<{ id: string }>('POST', '/api/v1/admin/users', {
    ...user,
    role: 'user',
  });
  const given = { secret: false, required: true };
  await admin.call('PUT', `/api/v1/admin/catalogue/${SERVICE}`, {
    command: 'sh',
    args: [LINE_SOURCE, shownDir],
    env: { LINES: given, GATE: given },
    routing: { stderr: 'by-level' },
  });
  return { session: await logIn(url, user), dir: join(logDir, 'users', `user_${id}`) };
}

export interface WritersPlan {
  /** One per instance, in the folder that the instances are shown. */
  readonly files: readonly string[];
  /** A named pipe beside them; opening it for writing opens the gate. */
  readonly gate: string;
}

/** Resolves when all of them run. */
export async function startWriters(
  { session, dir }: LineUser,
  { files, gate }: WritersPlan,
): Promise<WritingInstance[]> {
  const made: WritingInstance[] = [];
  for (const file of files) {
    const env = { LINES: basename(file), GATE: basename(gate) };
    const body = { service: SERVICE, name: `writer ${made.length}`, env };
    const { id } = await session.call<{ id: string }>('POST', '/api/v1/mcps', body);
    made.push({ id, dir: join(dir, `mcp_${id}`) });
  }
  await eventually(
    async () => {
      const all = await session.call<{ id: string; status: string }[]>('GET', '/api/v1/mcps');
      const waiting = all.filter(({ status }) => status !== 'running');
      if (waiting.length > 0) throw new Error(`${waiting.length} instances do not run yet`);
      return true;
    },
    { timeoutMs: START_MS_MAX, intervalMs: 200 },
  );
  return made;
}

/** What the product says of an instance that will not write all of its lines. */
const INCOMPLETE = /^.*"event":"(instance_ended|instance_start_refused|lines_suppressed)".*$/m;

/** @throws Error with the product's own words when the writer of these logs has ended, or was cut */
export function assertWrites(dir: string): void {
  for (const file of LOG_FILES) {
    const [found] = INCOMPLETE.exec(endOf(join(dir, `${file}.log`))) ?? [];
    if (found !== undefined) throw new Error(`an instance did not write its lines: ${found}`);
  }
}

/** The next round finds only its own instances. */
export async function deleteWriters(
  { session }: LineUser,
  writers: readonly WritingInstance[],
): Promise<void> {
  for (const { id } of writers) await session.call('DELETE', `/api/v1/mcps/${id}`);
}

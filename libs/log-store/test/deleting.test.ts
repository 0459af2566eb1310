/** What is deleted is gone as a whole, and only after it was said so. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import {
  deleteLogs,
  deleteSegment,
  type FileToDelete,
  nodeDisk,
  sealSegment,
} from '../src/maintenance.ts';
import { openLogReader } from '../src/reader.ts';
import { instanceDir } from '../src/writer.ts';

const IDS = { userId: 'u1', instanceId: 'i1' };
const NAME = { log: 'app', day: '2025-07-13', number: 0 } as const;
const SEAL = Buffer.from('signed');
const LINES = 2000;

function lineOf(n: number): string {
  const entry = encodeEntry({
    timestamp: new Date(Date.UTC(2025, 6, 13, 12) + n).toISOString(),
    level: 'info',
    message: `line ${n}`,
    metadata: { seq: makeSeq(1, n), type: 'stdout', ...IDS, service: 's' },
  });
  return `${entry}\n`;
}

/** A sealed segment and an active file behind it. */
async function makeLogs() {
  const root = await makeTempDir();
  const directory = instanceDir(root, IDS);
  mkdirSync(directory, { recursive: true });
  const lines = Array.from({ length: LINES }, (_, at) => lineOf(at + 1));
  writeFileSync(join(directory, 'app.log.2025-07-13'), lines.join(''));
  writeFileSync(join(directory, 'app.log'), lineOf(LINES + 1));
  const limits = { blockBytes: 4096, lineBytesMax: 4096 };
  await sealSegment({ disk: nodeDisk, directory, name: NAME, sign: async () => SEAL, limits });
  const view = openLogReader({ root }).instance(IDS);
  return { root, directory, view };
}

test('a segment goes with its index, after its name and seal were recorded', async () => {
  const { directory, view } = await makeLogs();
  const told: FileToDelete[] = [];
  const authorise = (file: FileToDelete) => {
    expect(existsSync(join(directory, file.name))).toBe(true);
    told.push(file);
  };
  const options = { disk: nodeDisk, directory, name: NAME, authorise };
  expect(await deleteSegment(options)).toBe(true);
  expect(told).toEqual([{ name: 'app.log.2025-07-13.gz', seal: SEAL }]);
  expect(readdirSync(directory).sort()).toEqual(['.index', 'app.log']);
  expect(readdirSync(join(directory, '.index'))).toEqual([]);
  expect((await view.query({ limit: 5 })).total).toBe(1);
  expect(await deleteSegment(options)).toBe(false);
});

test('nothing goes when the deletion cannot be recorded', async () => {
  const { root, directory, view } = await makeLogs();
  const authorise = () => {
    throw new Error('no room');
  };
  const segment = { disk: nodeDisk, directory, name: NAME, authorise };
  await expect(deleteSegment(segment)).rejects.toThrow('no room');
  await expect(deleteLogs({ disk: nodeDisk, root, ids: IDS, authorise })).rejects.toThrow();
  expect((await view.query({ limit: 5 })).total).toBe(LINES + 1);
});

test('a segment whose index is damaged is named without a seal', async () => {
  const { directory } = await makeLogs();
  writeFileSync(join(directory, '.index', 'app.log.2025-07-13.idx'), 'worthless');
  const seals: number[] = [];
  const authorise = ({ seal }: FileToDelete) => void seals.push(seal.length);
  expect(await deleteSegment({ disk: nodeDisk, directory, name: NAME, authorise })).toBe(true);
  expect(seals).toEqual([0]);
});

test('what is not sealed is not deleted', async () => {
  const { directory } = await makeLogs();
  writeFileSync(join(directory, 'app.log.2025-07-13'), lineOf(1));
  const options = { disk: nodeDisk, directory, name: NAME, authorise: () => undefined };
  await expect(deleteSegment(options)).rejects.toMatchObject({ code: 'SEGMENT_UNSEALED' });
  expect(existsSync(join(directory, 'app.log.2025-07-13.gz'))).toBe(true);
});

test('who reads while its segment is deleted reads it to the end', async () => {
  const { directory, view } = await makeLogs();
  let lines = 0;
  for await (const block of view.lines({})) {
    const first = lines === 0;
    lines += block.toString().split('\n').length - 1;
    if (!first) continue;
    await deleteSegment({ disk: nodeDisk, directory, name: NAME, authorise: () => undefined });
  }
  expect(lines).toBe(LINES + 1);
});

test('all logs of an instance go, with what lies in quarantine, and no other', async () => {
  const { root, directory, view } = await makeLogs();
  const other = instanceDir(root, { ...IDS, instanceId: 'i10' });
  mkdirSync(other);
  writeFileSync(join(other, 'app.log'), lineOf(1));
  const kept = join(root, 'quarantine', 'users', 'user_u1', 'mcp_i1');
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'app.log.20250713T153000123Z.torn'), 'secret');
  symlinkSync(other, join(directory, 'a-link'));
  const told: string[] = [];
  const authorise = (steps: string) => void told.push(steps);
  const options = { disk: nodeDisk, root, ids: IDS, authorise };
  expect(await deleteLogs(options)).toBe(true);
  expect(told).toEqual(['users/user_u1/mcp_i1']);
  expect([directory, kept].filter(existsSync)).toEqual([]);
  expect(readdirSync(join(root, 'deleting'))).toEqual([]);
  expect(readFileSync(join(other, 'app.log'), 'utf8')).toBe(lineOf(1));
  expect((await view.query({ limit: 5 })).total).toBe(0);
  expect(await deleteLogs(options)).toBe(false);
});

test('what is parked of an instance goes too, and nothing of it can come back', async () => {
  const { root } = await makeLogs();
  const below = ['parked', 'quarantine/parked', 'parked/quarantine'].map((place) =>
    join(root, place, 'users', 'user_u1'),
  );
  for (const directory of below) {
    for (const instance of ['mcp_i1', 'mcp_i2']) {
      mkdirSync(join(directory, instance), { recursive: true });
      writeFileSync(join(directory, instance, 'app.log'), lineOf(LINES + 2));
    }
  }
  await deleteLogs({ disk: nodeDisk, root, ids: IDS, authorise: () => undefined });
  for (const directory of below) expect(readdirSync(directory)).toEqual(['mcp_i2']);
});

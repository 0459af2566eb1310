/** Is each line there exactly once, whatever step of the file system a kill comes behind? */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer } from '@mcplog/access-control';
import { StormBudget } from '@mcplog/capture';
import type { Bus } from '@mcplog/message-bus';
import { type CatalogueItem, decodeCaptureBatch, type InstanceRecord } from '@mcplog/protocol';
import { createLogger } from '@mcplog/service-host';
import { makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CaptureFigures } from '../src/instances/capture-figures.ts';
import { ChildRun } from '../src/instances/child-run.ts';
import { ChildrenFile } from '../src/instances/children-file.ts';
import { HeldFile, readMark } from '../src/instances/held-file.ts';
import type { Leftover } from '../src/instances/leftovers.ts';
import { recoverRun } from '../src/instances/recover-run.ts';
import { NO_ISOLATION } from '../src/isolation/isolation.ts';
import { openOutbox } from '../src/outbox/open-outbox.ts';
import type { Outbox } from '../src/outbox/outbox.ts';
import { RunJournal } from '../src/outbox/run-journal.ts';
import { PipeReading } from '../src/pipes/pipe-reading.ts';
import type { Settings } from '../src/settings.ts';
import { type FolderState, recordFiles, restoreFolder } from './recorded-files.ts';

/**
 * Lines that come alone, in bursts and in halves, on both streams, and lines that would join the one
 * before if they were read together with it.
 */
const SPEAKER = `
  i=0
  say() { i=$((i + 1)); echo "$1line $i" >&2; }
  while [ $i -lt 20 ]; do
    say; say; sleep 0.01
    say '  '; sleep 0.02
    say '    at '; printf 'li' >&2; sleep 0.01; i=$((i + 1)); echo "ne $i" >&2
    echo "out $i"
  done
  while [ $i -lt 120 ]; do say; done`;
const LINES = 120;

const instanceId = 'speaker-1';
const identity = {
  userId: 'ann',
  instanceId,
  service: 'speaker',
  stderrRouting: 'error-log',
} as const;
const sealer = createSealer(Buffer.alloc(32, 7));
const hashKey = Buffer.alloc(32, 8);
const log = createLogger({ app: 'test', level: 'fatal' });
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** A moment of a supervisor's life. */
interface Moment {
  readonly files: FolderState;
  /** Messages that the bus had been given by then. */
  readonly published: number;
  /** What the pipe reader did not have to keep any more. */
  readonly acknowledged: number;
}

interface Entry {
  readonly n: number;
  readonly type: string;
  readonly message: string;
}

/** The bus as the outbox sees it: takes everything, a moment later. */
class TakingBus {
  readonly connected = true;
  readonly taken: Buffer[] = [];

  publishDurable(_subject: string, payload: Buffer): Promise<void> {
    this.taken.push(Buffer.from(payload));
    return new Promise((resolve) => setImmediate(resolve));
  }

  onConnectionChange(): () => void {
    return () => {};
  }
}

const moments: Moment[] = [];
const bus = new TakingBus();
const NO_ALERTS = {
  ...{ leakWindowSeconds: 0, leakRiseBytes: 0, cpuAlertPercent: 0, cpuAlertSeconds: 1 },
};
/** Everything the child printed. */
let printed: { readonly stdout: Buffer; readonly stderr: Buffer };

beforeAll(async () => {
  const dataDir = await makeTempDir('recorded');
  const dir = join(dataDir, 'supervisor');
  mkdirSync(dir, { recursive: true });
  const reading = await PipeReading.open(dir);
  let acknowledged = 0;
  const acknowledge = vi.spyOn(PipeReading.prototype, 'acknowledge');
  const recorder = recordFiles(dataDir, (files) => {
    acknowledged = Math.max(0, ...offsetsOf(acknowledge.mock.calls, '.stderr'));
    moments.push({ files, published: bus.taken.length, acknowledged });
  });
  try {
    printed = await runOnce(dataDir, reading);
  } finally {
    recorder.stop();
    reading.close();
  }
}, 60_000);

afterAll(() => vi.restoreAllMocks());

/** The life of one child under a supervisor that nobody kills. */
async function runOnce(dataDir: string, reading: PipeReading): Promise<typeof printed> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const [stream, method] of [
    ['stdout', 'takeStdout'],
    ['stderr', 'takeStderr'],
  ] as const) {
    const original = ChildRun.prototype[method];
    vi.spyOn(ChildRun.prototype, method).mockImplementation(function (this: ChildRun, chunk) {
      chunks[stream].push(Buffer.from(chunk));
      original.call(this, chunk);
    });
  }
  const outbox = openSpool(dataDir, { bus, leftovers: [] });
  const children = new ChildrenFile(join(dataDir, 'supervisor', 'children.json'));
  const run = await ChildRun.start({
    record: { id: instanceId, userId: 'ann', service: 'speaker' } as InstanceRecord,
    item: { command: 'sh', args: ['-c', SPEAKER], transport: 'http' } as unknown as CatalogueItem,
    run: 1,
    environment: { env: { PATH }, secrets: [] },
    home: tmpdir(),
    uid: undefined,
    isolation: NO_ISOLATION,
    journal: new RunJournal(outbox, { ...identity, run: 1 }),
    ...{ children, reading, hashKey, outbox, held: heldFile(dataDir) },
    ...{ budget: new StormBudget(), repeatsShown: undefined, figures: new CaptureFigures() },
    ...{ health: NO_ALERTS, systemLog: { write: () => undefined } },
  });
  await run.ended;
  await outbox.close(5_000);
  return { stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) };
}

function heldFile(dataDir: string): HeldFile {
  return new HeldFile({ dir: join(dataDir, 'supervisor', 'held'), instanceId, sealer });
}

function openSpool(
  dataDir: string,
  { bus: to, leftovers }: { bus: TakingBus; leftovers: Leftover[] },
): Outbox {
  const settings = { dataDir, spoolFsync: false, spoolBytesMax: 2 ** 30 } as Settings;
  return openOutbox(to as unknown as Bus, { settings, log, leftovers });
}

function offsetsOf(
  calls: readonly Parameters<PipeReading['acknowledge']>[],
  suffix: string,
): number[] {
  return calls.filter(([pipe]) => pipe.path.endsWith(suffix)).map(([, offset]) => offset);
}

/** What the next supervisor finds: the files, and in the pipe reader all that is behind the mark. */
async function recover(dataDir: string): Promise<TakingBus> {
  const children = new ChildrenFile(join(dataDir, 'supervisor', 'children.json'));
  const mark = readMark({ dir: join(dataDir, 'supervisor', 'held'), instanceId });
  const leftovers = children.rows.map((row) => ({
    ...{ instanceId, run: row.run, pid: row.pid, processes: 0, mark },
    unread: {
      stdout: printed.stdout.subarray(mark?.stdout ?? 0),
      stderr: printed.stderr.subarray(mark?.stderr ?? 0),
    },
    isWhole: mark !== undefined,
    settle: () => children.remove(row),
  }));
  const to = new TakingBus();
  const outbox = openSpool(dataDir, { bus: to, leftovers });
  recoverRun({
    ...{ instanceId, leftovers, outbox, hashKey, log, held: heldFile(dataDir) },
    openJournal: (run) => new RunJournal(outbox, { ...identity, run }),
    describe: () => ({ transport: 'http', secrets: [] }),
  });
  await outbox.close(5_000);
  return to;
}

/** As the log-writer does: what is not newer than the last is there already. */
function entriesOf(payloads: readonly Buffer[]): Entry[] {
  const entries: Entry[] = [];
  for (const { header, records } of payloads.flatMap((one) => [...decodeCaptureBatch(one)])) {
    let n = header.firstN;
    for (const { type, message } of records) {
      if (n > (entries.at(-1)?.n ?? 0)) entries.push({ n, type, message: message.toString() });
      n++;
    }
  }
  return entries;
}

function numbersOf(entries: readonly Entry[], word: string): number[] {
  const text = entries.map(({ message }) => message).join('\n');
  return [...text.matchAll(new RegExp(`^ *(?:at )?${word} (\\d+)$`, 'gm'))].map(([, n]) =>
    Number(n),
  );
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function expectEverything(payloads: readonly Buffer[], hasChild: boolean): void {
  const entries = entriesOf(payloads);
  expect(entries.map(({ n }) => n)).toEqual(upTo(entries.length));
  expect(numbersOf(entries, 'line')).toEqual(hasChild ? upTo(LINES) : []);
  const outs = numbersOf(entries, 'out');
  expect(outs).toEqual(hasChild ? numbersOf([asEntry(printed.stdout)], 'out') : []);
}

const asEntry = (bytes: Buffer): Entry => ({ n: 1, type: 'stdout', message: bytes.toString() });

/** From its row on there is a child; what it printed is there also when its row is gone. */
function firstWithChild(): number {
  return moments.findIndex(({ files }) =>
    files.get('supervisor/children.json')?.includes(instanceId),
  );
}

async function recoverFrom(files: FolderState, record?: (files: FolderState) => void) {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcplog-moment-'));
  restoreFolder(dataDir, files);
  const recorder = record === undefined ? undefined : recordFiles(dataDir, record);
  try {
    return await recover(dataDir);
  } finally {
    recorder?.stop();
    rmSync(dataDir, { recursive: true });
  }
}

test('a kill behind each step of a run loses no line, doubles none and leaves no number out', async () => {
  expect(moments.length).toBeGreaterThan(50);
  const first = firstWithChild();
  for (const [index, { files, published }] of moments.entries()) {
    const { taken } = await recoverFrom(files);
    expectEverything([...bus.taken.slice(0, published), ...taken], index >= first);
  }
}, 120_000);

test('the pipe reader never lets go of a byte that is not on disk', async () => {
  const unsettled = moments.filter(({ files }) =>
    files.get('supervisor/children.json')?.includes(instanceId),
  );
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-moment-'));
  for (const { files, acknowledged } of unsettled) {
    rmSync(dir, { recursive: true });
    restoreFolder(dir, new Map([...files].filter(([path]) => path.includes('/held/'))));
    const mark = readMark({ dir: join(dir, 'supervisor', 'held'), instanceId });
    expect(mark?.stderr).toBeGreaterThanOrEqual(acknowledged);
  }
  rmSync(dir, { recursive: true });
  expect(unsettled.at(-1)?.acknowledged).toBeGreaterThan(500);
});

test('nor does a second kill behind each step of the recovery', async () => {
  const first = firstWithChild();
  const every = Math.ceil(moments.length / 6);
  for (let index = first; index < moments.length; index += every) {
    const { files, published } = moments[index] as Moment;
    const again: { files: FolderState; taken: Buffer[] }[] = [];
    const taken: Buffer[] = [];
    const spy = vi.spyOn(TakingBus.prototype, 'publishDurable');
    spy.mockImplementation((_subject, payload) => {
      taken.push(Buffer.from(payload));
      return new Promise((resolve) => setImmediate(resolve));
    });
    await recoverFrom(files, (state) => again.push({ files: state, taken: [...taken] }));
    spy.mockRestore();
    for (const { files: state, taken: sent } of again) {
      const last = await recoverFrom(state);
      const before = [...bus.taken.slice(0, published), ...sent];
      expectEverything([...before, ...last.taken], true);
    }
  }
}, 120_000);

/** What happens to a file that cannot be renamed? */
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import { type Disk, type LogTarget, nodeDisk, openLogWriter } from '@mcplog/log-store/writer';
import { connectBus, openIntake, provisionBus, SystemLog } from '@mcplog/message-bus';
import { ROTATED_SUBJECT, SYSTEM_STREAM, type SystemRecord } from '@mcplog/protocol';
import { eventually, makeTempDir, startNats } from '@mcplog/test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { Rotator } from '../src/rotation/rotator.ts';
import { WriterFigures } from '../src/writer-figures.ts';

const FILES = 30;

function targetOf(at: number): LogTarget {
  return { kind: 'instance', userId: 'ann', instanceId: `i${at}`, file: 'app' };
}

/** The real disk, read-only as far as names go. */
function fixedNames(state: { isFixed: boolean }): Disk {
  return {
    ...nodeDisk,
    rename(from, to) {
      if (state.isFixed) throw Object.assign(new Error('EROFS: injected'), { code: 'EROFS' });
      nodeDisk.rename(from, to);
    },
  };
}

async function startRotator(disk: Disk) {
  const nats = await startNats();
  const bus = await connectBus({ url: nats.url, app: 'log-writer' });
  await provisionBus(bus);
  const systemLog = new SystemLog(bus);
  const told: SystemRecord[] = [];
  const intake = openIntake(bus, {
    stream: SYSTEM_STREAM,
    consumer: 'test',
    filterSubject: 'system.*',
    onMessage: (message) => {
      told.push(JSON.parse(message.payload.toString('utf8')));
      message.ack();
    },
  });
  const root = await makeTempDir('logs');
  const store = openLogWriter({ root, disk, onFinding: () => undefined });
  const figures = new WriterFigures();
  const options = { store, bus, systemLog, figures, isOurs: () => true, fullBytes: 1 };
  const rotator = new Rotator(options);
  onTestFinished(async () => {
    rotator.close();
    await store.close();
    await intake.close();
    await bus.close();
    await nats.stop();
  });
  return { bus, store, figures, rotator, told };
}

function appendOne(store: ReturnType<typeof openLogWriter>, target: LogTarget): void {
  const seq = makeSeq(1, 1);
  const metadata = { seq, type: 'stdout', service: 'everything' } as const;
  const timestamp = '2025-07-13T12:00:00.000Z';
  const line = `${encodeEntry({ timestamp, level: 'info', message: 'x', metadata })}\n`;
  store.append(target, Buffer.from(line), { firstSeq: seq, lastSeq: seq, count: 1 });
}

test('many files that cannot be renamed are one problem and few entries, until they can', async () => {
  const state = { isFixed: true };
  const { store, figures, rotator, told } = await startRotator(fixedNames(state));
  for (let at = 0; at < FILES; at++) {
    appendOne(store, targetOf(at));
    expect(await rotator.rotate(targetOf(at))).toBe('failed');
  }
  expect([...figures.problems.values()]).toEqual([
    `${FILES} files fail, such as user_ann/mcp_i0/app.log: cannot rotate ${store.fileOf(targetOf(0))}: EROFS: injected`,
  ]);
  expect(rotator.failing).toBe(FILES);
  await eventually(() => told.length === 20);
  expect(told.every(({ event, level }) => event === 'rotation_failed' && level === 'error')).toBe(
    true,
  );
  state.isFixed = false;
  for (let at = 0; at < FILES; at++) expect(await rotator.rotate(targetOf(at))).toBe('rotated');
  expect(figures.problems.size).toBe(0);
  expect([figures.rotations, figures.rotationFailures]).toEqual([FILES, FILES]);
});

test('a full file whose rotation fails is tried again by itself', async () => {
  const state = { isFixed: true };
  const { bus, store, rotator, figures } = await startRotator(fixedNames(state));
  const notices: string[] = [];
  bus.subscribe(ROTATED_SUBJECT, (_subject, notice) => notices.push(notice.toString()));
  await bus.connection.flush();
  appendOne(store, targetOf(0));
  rotator.rotateFull(targetOf(0));
  await eventually(() => figures.rotationFailures > 0);
  state.isFixed = false;
  await eventually(() => notices.length === 1);
  expect(rotator.failing).toBe(0);
});

/** What can a hostile program reach from within its enclosure? */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  type HostileAttempt,
  type HostileTargets,
  hostileServerPath,
  makeTempDir,
  startNats,
} from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { NoProgramError } from '../src/isolation/find-program.ts';
import { type Isolation, openIsolation } from '../src/isolation/isolation.ts';

const isRoot = process.getuid?.() === 0;
const uid = isRoot ? 310_100 : undefined;
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';
const PATH = `${dirname(process.execPath)}:${SYSTEM_PATH}`;
const LIMITS = { childMemoryBytes: 4 * 2 ** 30, childProcessesMax: 256, childOpenFilesMax: 1024 };

interface Place {
  readonly dataDir: string;
  readonly logDir: string;
  readonly home: string;
}

async function openPlace(): Promise<Place> {
  const [dataDir, logDir] = [await makeTempDir('data'), await makeTempDir('logs')];
  const home = join(dataDir, 'instances', 'mine');
  for (const folder of [home, join(dataDir, 'instances', 'other'), join(logDir, 'users')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  if (uid !== undefined) chownSync(home, uid, uid);
  writeFileSync(join(dataDir, 'master.key'), 'the master key');
  writeFileSync(join(logDir, 'users', 'app.log'), '{"message":"of somebody else"}\n');
  return { dataDir, logDir, home };
}

function isolate({ dataDir, logDir }: Place): Promise<Isolation> {
  return openIsolation({
    isolation: 'required',
    dataDir,
    hiddenDirs: [logDir],
    ...LIMITS,
    searchPath: SYSTEM_PATH,
  });
}

interface RunIn {
  readonly place: Place;
  readonly command?: string;
  readonly args: readonly string[];
}

async function run(isolation: Isolation, { place, command = 'node', args }: RunIn) {
  const env = { PATH, HOME: place.home };
  const enclosed = isolation.enclose({ command, args, env, home: place.home, uid });
  const child = spawn(enclosed.command, enclosed.args, { env, cwd: place.home });
  child.stdin.end();
  const [out, err, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  const [code, signal] = status as [number | null, NodeJS.Signals | null];
  return { out, err, ...isolation.exitOf({ code, signal }) };
}

function attemptsIn(err: string): HostileAttempt[] {
  return err
    .split('\n')
    .filter((line) => line.startsWith('{"attempt"'))
    .map((line) => JSON.parse(line) as HostileAttempt);
}

test('nothing of others is within reach: files, processes, the bus', {
  timeout: 60_000,
}, async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  expect(isolation).toMatchObject({ kind: 'bubblewrap', weakness: undefined });
  const nats = await startNats({
    config: 'authorization { user: mcplog, password: "only ours" }\n',
  });
  const neighbour = spawn('sleep', ['60'], {
    env: { PATH, NEIGHBOUR_KEY: 'key-of-the-neighbour' },
  });
  const targets: HostileTargets = {
    files: [join(place.dataDir, 'master.key'), join(place.logDir, 'users', 'app.log')],
    folders: [place.dataDir, place.logDir, join(place.dataDir, 'instances', 'other')],
    sockets: [join(place.dataDir, 'reader.sock')],
    busPorts: [Number(new URL(nats.url).port)],
    pids: [process.pid, neighbour.pid ?? 0],
    marks: ['key-of-the-neighbour'],
  };
  try {
    const { err, code } = await run(isolation, {
      place,
      args: [hostileServerPath, JSON.stringify(targets)],
    });
    const attempts = attemptsIn(err);
    expect({ code, last: attempts.at(-1)?.attempt }).toEqual({ code: 0, last: 'done' });
    const done = attempts.filter(({ outcome }) => outcome === 'done');
    // Files of its own making in its own view of the world harm nobody; see below.
    const planted = done.filter(({ attempt }) => /^(append|create in)$/.test(attempt));
    const rest = done.filter((each) => !planted.includes(each));
    expect(rest.map(({ attempt, detail }) => `${attempt}: ${detail}`)).toEqual([
      'write at home: ',
      // The way to its own home, and nothing beside it.
      'list: instances',
    ]);
    expect(attempts.find(({ attempt }) => attempt === 'find in environments')).toBeDefined();
    expect(readFileSync(join(place.logDir, 'users', 'app.log'), 'utf8')).toBe(
      '{"message":"of somebody else"}\n',
    );
    expect(readFileSync(join(place.dataDir, 'master.key'), 'utf8')).toBe('the master key');
    expect(readFileSync(join(place.home, 'mine.txt'), 'utf8')).toBe('mine');
  } finally {
    neighbour.kill();
    await nats.stop();
  }
});

test('the same program without an enclosure does reach them', { timeout: 60_000 }, async () => {
  const place = await openPlace();
  const open = await openIsolation({
    isolation: 'off',
    dataDir: place.dataDir,
    hiddenDirs: [],
    ...LIMITS,
    searchPath: SYSTEM_PATH,
  });
  const file = join(place.dataDir, 'master.key');
  const targets = { files: [file], folders: [], sockets: [], busPorts: [], pids: [], marks: [] };
  const args = [fileURLToPath(new URL(`file://${hostileServerPath}`)), JSON.stringify(targets)];
  const { err } = await run(open, { place, args });
  const read = attemptsIn(err).find(({ attempt }) => attempt === 'read');
  expect(read).toMatchObject({ target: file, outcome: 'done' });
});

test('a program in a folder that its user cannot enter runs all the same', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  const closed = await makeTempDir('closed');
  const folder = join(closed, 'inner', 'server');
  mkdirSync(folder, { recursive: true });
  // The way to it, and the folder itself.
  for (const each of [closed, folder]) chmodSync(each, 0o700);
  writeFileSync(join(folder, 'part.cjs'), 'module.exports = "found its neighbour";');
  writeFileSync(join(folder, 'main.cjs'), 'console.log(require("./part.cjs"));');
  const { out, err } = await run(isolation, { place, args: [join(folder, 'main.cjs')] });
  expect({ out, err }).toEqual({ out: 'found its neighbour\n', err: '' });
});

test('a folder that the command names can be written to as far as its owner allows', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  const shared = await makeTempDir('shared');
  if (uid !== undefined) chownSync(shared, uid, uid);
  const script = 'require("fs").writeFileSync(process.argv[1] + "/note", "kept")';
  await run(isolation, { place, args: ['-e', script, shared] });
  expect(readFileSync(join(shared, 'note'), 'utf8')).toBe('kept');
});

test('of the data folder a server sees what its command names, and nothing beside it', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  const demo = join(place.dataDir, 'demo', 'files');
  mkdirSync(demo, { recursive: true });
  chmodSync(demo, 0o777);
  writeFileSync(join(place.dataDir, 'demo', 'beside'), '');
  const script = `
    const fs = require('fs'), path = require('path');
    fs.writeFileSync(path.join(process.argv[1], 'note'), 'kept');
    console.log(fs.readdirSync(path.dirname(process.argv[1])).join());
    console.log(fs.readdirSync(process.argv[2]).join());`;
  const { out, err } = await run(isolation, { place, args: ['-e', script, demo, place.dataDir] });
  expect({ out, err }).toEqual({ out: 'files\ndemo,instances\n', err: '' });
  expect(readFileSync(join(demo, 'note'), 'utf8')).toBe('kept');
});

test('how the server ended is told as if there were no enclosure', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  const codeOf = async (script: string) => {
    const { code, signal } = await run(isolation, { place, command: 'sh', args: ['-c', script] });
    return { code, signal };
  };
  expect(await codeOf('exit 3')).toEqual({ code: 3, signal: null });
  expect(await codeOf('kill -KILL $$')).toEqual({ code: null, signal: 'SIGKILL' });
});

test('memory, files and core dumps are limited', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  const script = 'ulimit -d; ulimit -n; ulimit -c';
  const { out } = await run(isolation, { place, command: 'sh', args: ['-c', script] });
  expect(out.split('\n').slice(0, 3)).toEqual([
    String(LIMITS.childMemoryBytes / 1024),
    '1024',
    '0',
  ]);
});

test('a command that is not there is refused before anything is started', async () => {
  const place = await openPlace();
  const isolation = await isolate(place);
  await expect(run(isolation, { place, command: 'no-such-program', args: [] })).rejects.toThrow(
    NoProgramError,
  );
});

test('the enclosure needs programs that this machine has', () => {
  expect(execFileSync('bwrap', ['--version'], { encoding: 'utf8' })).toMatch(/^bubblewrap /);
});

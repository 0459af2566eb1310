/** `mcplog verify` over a real directory, as a program of its own. */
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type LogEntry, makeSeq } from '@mcplog/log-entry';
import {
  formatAnchor,
  HeadJournal,
  headOf,
  openProofKeeper,
  openSigner,
  proveEntries,
} from '@mcplog/log-proof';
import { listLogDirectories, listSegments, nodeDisk } from '@mcplog/log-store/check';
import { sealSegment } from '@mcplog/log-store/maintenance';
import { openLogWriter } from '@mcplog/log-store/writer';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { mcplog, run } from './run-cli.ts';

const app = { kind: 'instance', userId: 'u1', instanceId: 'i1', file: 'app' } as const;
const DIRECTORY = 'users/user_u1/mcp_i1';

/** Three entries sealed, two in the active file. */
async function makeStore() {
  const root = await makeTempDir('verify');
  const logs = join(root, 'logs');
  const data = join(root, 'data');
  const onFinding = () => undefined;
  const writer = openLogWriter({ root: logs, onFinding, keepHeads: true });
  const keeper = openProofKeeper({ logs, data });
  const heads = new HeadJournal({ signer: openSigner({ data, name: 'log-writer' }), logs });
  const lines: string[] = [];
  const write = async (from: number, to: number) => {
    for (let n = from; n <= to; n++) {
      const seq = makeSeq(1, n);
      const metadata = { seq, type: 'stdout' } as LogEntry['metadata'];
      const timestamp = new Date().toISOString();
      const line = encodeEntry({ timestamp, level: 'info', message: `line ${n}`, metadata });
      lines.push(line);
      const range = { firstSeq: seq, lastSeq: seq, count: 1 };
      writer.append(app, Buffer.from(`${line}\n`), range);
    }
    await writer.commit();
    heads.append(writer.takeHeads().map(headOf));
  };
  await write(1, 3);
  await writer.rotate(app);
  for (const { directory, steps } of listLogDirectories(nodeDisk, logs)) {
    for (const { name } of listSegments(nodeDisk, directory)) {
      const sign = async (facts: Parameters<typeof keeper.signSeal>[1]) =>
        keeper.signSeal(steps.join('/'), facts);
      await sealSegment({ disk: nodeDisk, directory, name, sign });
    }
  }
  await write(4, 5);
  const anchor = keeper.checkpoint();
  if (anchor === undefined) throw new Error('a checkpoint');
  await writer.close();
  return { root, logs, data, lines, anchor: formatAnchor(anchor) };
}

test('a clean store is said to be one, and nothing in it is touched', async () => {
  const { logs, data, anchor } = await makeStore();
  const before = statSync(join(data, 'integrity/maintenance-worker/checkpoints.jsonl'));
  const end = await run(mcplog('verify', '--logs', logs, '--data', data, '--anchor', anchor));
  expect(end.stderr.toString()).toBe('');
  expect(end.code).toBe(0);
  expect(end.stdout.toString()).toContain(`last checkpoint: ${anchor}\nnothing found\n`);
  expect(end.stdout.toString()).toContain('1 sealed files with 1 blocks');
  const after = statSync(join(data, 'integrity/maintenance-worker/checkpoints.jsonl'));
  expect(after.mtimeMs).toBe(before.mtimeMs);
});

test('findings are one line each and end with 1, as JSON too', async () => {
  const { logs, data } = await makeStore();
  const path = join(logs, DIRECTORY, 'app.log');
  truncateSync(path, 10);
  const end = await run(mcplog('verify', '--logs', logs, '--data', data, '--quiet'));
  expect(end.code).toBe(1);
  expect(end.stdout.toString()).toMatch(
    /^file-cut: users\/user_u1\/mcp_i1\/app\.log \(.*\): .*\n$/,
  );
  const json = await run(mcplog('verify', '--logs', logs, '--data', data, '--json'));
  const [finding, summary] = json.stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(json.code).toBe(1);
  expect(finding).toMatchObject({ kind: 'file-cut', file: `${DIRECTORY}/app.log` });
  expect(summary.summary).toMatchObject({ findings: 1, segments: 1 });
});

test('an anchor of another history is a finding', async () => {
  const { logs, data } = await makeStore();
  const other = await makeStore();
  const end = await run(
    mcplog('verify', '--logs', logs, '--data', data, '--anchor', other.anchor, '--quiet'),
  );
  expect(end.code).toBe(1);
  expect(end.stdout.toString()).toMatch(/^anchor-missing: /);
});

test('what keeps it from running ends with 2', async () => {
  const { logs, data } = await makeStore();
  for (const args of [
    ['--logs', `${logs}/none`, '--data', data],
    ['--logs', logs, '--data', `${data}/none`],
    ['--logs', logs, '--data', data, '--anchor', 'x'],
    ['--proof', `${logs}/none`],
  ]) {
    const end = await run(mcplog('verify', ...args));
    expect(end.code).toBe(2);
    expect(end.stderr.toString()).toMatch(/^mcplog: could not verify: /);
  }
});

test('an exported entry is proven without its store; a changed one is not', async () => {
  const { root, logs, lines } = await makeStore();
  const seqs = [1, 2, 4].map((n) => makeSeq(1, n));
  let text = '';
  for await (const part of proveEntries({ logs, directory: DIRECTORY, seqs })) text += part;
  const proof = join(root, 'proof.json');
  const exported = join(root, 'logs.jsonl');
  writeFileSync(proof, text);
  writeFileSync(exported, `${lines[0]}\n${lines[1]}\n`);
  const good = await run(
    mcplog('verify', '--proof', proof, '--lines', exported, '--entry', `${seqs[1]}`),
  );
  expect(good.stdout.toString()).toContain(`${lines[1]}\n`);
  expect(good.stdout.toString()).toContain('1 not sealed yet');
  expect(good.code).toBe(0);
  const unsealed = await run(mcplog('verify', '--proof', proof, '--entry', `${seqs[2]}`));
  expect(unsealed.code).toBe(1);
  expect(unsealed.stdout.toString()).toContain('was not sealed when it was exported');
  copyFileSync(exported, `${exported}.old`);
  writeFileSync(exported, readFileSync(exported, 'utf8').replace('line 2', 'line 9'));
  const changed = await run(mcplog('verify', '--proof', proof, '--lines', exported));
  expect(changed.code).toBe(1);
  expect(changed.stdout.toString()).toContain(`entry ${seqs[1]} is not what was sealed`);
});

test('a proof whose block, path, seal or certificate was changed does not hold', async () => {
  const { root, logs } = await makeStore();
  let text = '';
  const seqs = [makeSeq(1, 1)];
  for await (const part of proveEntries({ logs, directory: DIRECTORY, seqs })) text += part;
  const path = join(root, 'proof.json');
  const changes: readonly [RegExp, string][] = [
    [/("member":"H4sIBAAAAAAA\/ygATUIkA.{60})./, '$1A'],
    [/("root":")./, '$1z'],
    [/("lines":)3/, '$14'],
    [/("publicKey":"..)./, '$1_'],
  ];
  for (const [part, instead] of changes) {
    writeFileSync(path, text.replace(part, instead));
    const end = await run(mcplog('verify', '--proof', path));
    expect(`${part} ${end.code === 0 ? 'held' : 'did not hold'}`).toBe(`${part} did not hold`);
  }
});

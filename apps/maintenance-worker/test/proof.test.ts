/** Is what the services wrote, sealed and signed found to be as they left it, and else named? */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Rig, startRig } from './rig.ts';

const PATIENCE = { timeoutMs: 50_000 };
const LINES = 6000;

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

interface VerifyResult {
  readonly findings: number;
  readonly first: readonly { readonly kind: string; readonly file: string }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly checkpoint: string | null;
}

async function verify(scope = {}): Promise<VerifyResult> {
  const job = await rig.runJob('verify', scope);
  if (job.status !== 'done') throw new Error(JSON.stringify(job));
  return job.result as unknown as VerifyResult;
}

test('sealed and open files are as they were signed; a change to either is named', async () => {
  await rig.start('log-writer');
  await rig.start('maintenance-worker');
  // Several blocks: a file with no sound block left is moved to quarantine by the worker.
  await rig.capture(LINES);
  const app = join(rig.directory, 'app.log');
  await eventually(() => readFileSync(app, 'utf8').split('\n').length > LINES, PATIENCE);
  const audit = () => readFileSync(join(rig.logDir, 'system/audit.log'), 'utf8');
  await eventually(() => audit().includes('"integrity_anchor"'), PATIENCE);
  await rig.runJob('rotate');
  const sealed = await rig.runJob('seal');
  expect(sealed.status).toBe('done');
  await rig.capture(20);
  await eventually(() => readFileSync(app, 'utf8').split('\n').length > 20, PATIENCE);

  const clean = await eventually(async () => {
    const result = await verify({ user: 'ann' });
    return result.counts.unsignedBytes === 0 ? result : undefined;
  }, PATIENCE);
  expect(clean.first).toEqual([]);
  expect((await verify()).first).toEqual([]);
  expect(clean.counts).toMatchObject({ findings: 0, uncheckedSignatures: 0 });
  expect(clean.counts.seals).toBeGreaterThan(0);
  expect(clean.checkpoint).toMatch(/^\d+:[0-9a-f]{64}$/);

  const day = new Date().toISOString().slice(0, 10);
  const segment = join(rig.directory, `app.log.${day}.gz`);
  const bytes = readFileSync(segment);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  writeFileSync(app, readFileSync(app, 'utf8').replace('line', 'lime'));
  const found = await verify();
  expect(found.first.map(({ kind, file }) => `${kind} ${file}`)).toEqual([
    `block-damaged users/user_ann/mcp_i1/app.log.${day}.gz`,
    'file-changed users/user_ann/mcp_i1/app.log',
  ]);
});

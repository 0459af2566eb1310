import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger, openEmergencyFile } from './logger.ts';

function collect(): { lines: () => Record<string, unknown>[]; write: (text: string) => void } {
  const texts: string[] = [];
  return { write: (text) => void texts.push(text), lines: () => texts.map((t) => JSON.parse(t)) };
}

it('a line names the app, its level as a word and its time in UTC', () => {
  const to = collect();
  createLogger({ app: 'query-api', to }).warn({ spool: 3 }, 'slow');
  expect(to.lines()[0]).toMatchObject({ level: 'warn', app: 'query-api', spool: 3, msg: 'slow' });
  expect(String(to.lines()[0]?.time)).toMatch(/^\d{4}-.*Z$/);
});

it('lines below the level are not written', () => {
  const to = collect();
  const log = createLogger({ app: 'a', level: 'error', to });
  log.warn('no');
  log.error('yes');
  expect(to.lines()).toHaveLength(1);
});

it('credentials are cut out at every depth our code logs', () => {
  const to = collect();
  const secret = 'tres-secret';
  const headers = { authorization: secret, cookie: secret, 'set-cookie': secret };
  const log = createLogger({ app: 'a', to });
  log.info({ ...headers, password: secret, token: secret });
  log.info({ body: { password: secret, otp: secret }, req: { headers } });
  log.info({ a: { b: { c: { token: secret } } } });
  expect(JSON.stringify(to.lines())).not.toContain(secret);
  expect(to.lines()).toHaveLength(3);
});

it('the emergency file gets the same lines', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mcplog-logger-'));
  const file = await openEmergencyFile({ dir: join(dir, 'new', 'folder'), app: 'writer' });
  const to = collect();
  createLogger({ app: 'writer', file, to }).error('disk is full');
  await file.close();
  const [name = ''] = await readdir(join(dir, 'new', 'folder'));
  const text = await readFile(join(dir, 'new', 'folder', name), 'utf8');
  expect(name).toMatch(/^writer.*\.log$/);
  expect(JSON.parse(text)).toEqual(to.lines()[0]);
  await rm(dir, { recursive: true });
});

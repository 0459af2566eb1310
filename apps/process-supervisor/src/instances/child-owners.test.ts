import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ChildOwners } from './child-owners.ts';

const isRoot = process.getuid?.() === 0;
const UID = 310_200;

function openOwners(uidBase: number | undefined) {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcplog-owners-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const owners = new ChildOwners({ dataDir, isolation: { kind: 'bubblewrap', uidBase } });
  return { dataDir, owners, home: join(dataDir, 'instances', 'i1') };
}

test.runIf(isRoot)('each user has a uid of their own and keeps it', () => {
  const { dataDir, owners, home } = openOwners(UID);
  const other = join(dataDir, 'instances', 'i2');
  expect([owners.prepareHome('ann', home), owners.prepareHome('ben', other)]).toEqual([
    UID,
    UID + 1,
  ]);
  const isolation = { kind: 'bubblewrap', uidBase: UID } as const;
  expect(new ChildOwners({ dataDir, isolation }).prepareHome('ben', other)).toBe(UID + 1);
});

test.each([isRoot ? UID : undefined, undefined])(
  'a link that a server left in the place of its folder gives it nothing (uid base %s)',
  (uidBase) => {
    const { dataDir, owners, home } = openOwners(uidBase);
    owners.prepareHome('ann', home);
    const ours = join(dataDir, 'ours');
    mkdirSync(ours, { mode: 0o700 });
    rmSync(join(home, 'tmp'), { recursive: true });
    symlinkSync(ours, join(home, 'tmp'));
    owners.prepareHome('ann', home);
    expect(lstatSync(join(home, 'tmp')).isDirectory()).toBe(true);
    expect(lstatSync(ours).uid).toBe(process.getuid?.());
  },
);

test.runIf(isRoot)(
  "what was written before there were uids becomes the server's, links as links",
  () => {
    const { dataDir, owners, home } = openOwners(UID);
    mkdirSync(join(home, 'deep'), { recursive: true });
    writeFileSync(join(home, 'deep', 'note'), '');
    const ours = join(dataDir, 'ours');
    writeFileSync(ours, '');
    symlinkSync(ours, join(home, 'link'));
    owners.prepareHome('ann', home);
    const owner = (path: string) => lstatSync(path).uid;
    expect(['deep', 'deep/note', 'link'].map((name) => owner(join(home, name)))).toEqual([
      UID,
      UID,
      UID,
    ]);
    expect(owner(ours)).toBe(0);
  },
);

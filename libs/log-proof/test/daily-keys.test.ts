import { MemoryDisk, type Survival } from '@mcplog/test-kit';
import { describe, expect, it } from 'vitest';
import { SignedCertificate } from '../src/certificate.ts';
import { openSigner } from '../src/signer.ts';
import { hashOf, isSignedBy, parseStatement, textOf } from '../src/statement.ts';
import { certificatesOn, publicKeyNamed } from './certificates.ts';

const DAY_1 = Date.parse('2025-07-13T15:30:00.000Z');
const DAY_2 = Date.parse('2025-07-14T00:00:05.000Z');
const DAY_9 = Date.parse('2025-07-21T03:00:00.000Z');
const SURVIVALS: readonly Survival[] = [
  { kind: 'nothing' },
  { kind: 'everything' },
  { kind: 'names' },
  { kind: 'some-names', seed: 1 },
  { kind: 'prefix', seed: 2 },
];
const options = (disk: MemoryDisk, now: () => number) =>
  ({ data: '/data', name: 'writer', disk, now }) as const;

function keyFiles(disk: MemoryDisk): string[] {
  return [...disk.contents().keys()]
    .filter((path) => path.includes('/key.'))
    .map((path) => path.slice(path.lastIndexOf('/') + 1));
}

describe('daily keys', () => {
  it('begin with a root that certifies itself', () => {
    const disk = new MemoryDisk();
    const signer = openSigner(options(disk, () => DAY_1));
    const [root] = certificatesOn(disk);
    expect(root?.body).toMatchObject({ number: 1, day: '2025-07-13', previous: null });
    expect(root?.key).toBe(signer.rootKey);
    expect(keyFiles(disk)).toEqual(['key.2025-07-13']);
  });

  it('are certified by the key before, whose private half is overwritten and gone', () => {
    const disk = new MemoryDisk();
    let now = DAY_1;
    const signer = openSigner(options(disk, () => now));
    const old = [...disk.contents()].find(([path]) => path.includes('/key.'))?.[1];
    now = DAY_9;
    signer.changeKey();
    const [root, second] = certificatesOn(disk);
    if (root === undefined || second === undefined) throw new Error('two certificates');
    expect(second.body).toMatchObject({ number: 2, day: '2025-07-21', previous: hashOf(root) });
    expect(second.key).toBe(signer.rootKey);
    expect(isSignedBy(second, publicKeyNamed(root))).toBe(true);
    expect(keyFiles(disk)).toEqual(['key.2025-07-21']);
    expect(old).toBeDefined();
    const overwritten = disk.operations.filter(({ path }) => path.endsWith('key.2025-07-13'));
    expect(overwritten.map(({ call }) => call).slice(-3)).toEqual(['write', 'fsync', 'unlink']);
  });

  it('stay the same within a day, over a restart and when the clock goes back', () => {
    const disk = new MemoryDisk();
    let now = DAY_2;
    const first = openSigner(options(disk, () => now));
    const said = first.sign('test 1', {});
    now = DAY_1;
    first.changeKey();
    const second = openSigner(options(disk, () => now));
    second.changeKey();
    expect(second.sign('test 1', {}).key).toBe(said.key);
    expect(second.day).toBe('2025-07-14');
    expect(Date.parse(second.sign('test 1', {}).body.at)).toBeGreaterThanOrEqual(DAY_2);
  });

  it('begin anew, and say so, when the private key is lost; no certificate is overwritten', () => {
    const disk = new MemoryDisk();
    const first = openSigner(options(disk, () => DAY_1));
    disk.damage('/data/integrity/writer/key.2025-07-13', Buffer.from('x'));
    const second = openSigner(options(disk, () => DAY_1));
    expect(second.problems).toEqual([{ kind: 'key-lost', day: '2025-07-13' }]);
    expect(second.rootKey).toBe(first.rootKey);
    const all = certificatesOn(disk);
    expect(all.map(({ body }) => [body.number, body.day])).toEqual([
      [1, '2025-07-13'],
      [2, '2025-07-14'],
    ]);
    expect(second.sign('test 1', {}).key).toBe(all[1]?.key);
  });

  it('survive a power cut at every step of a change: one usable key, no chain broken', () => {
    const changeKeys = (disk: MemoryDisk) => {
      let now = DAY_1;
      const signer = openSigner(options(disk, () => now));
      now = DAY_2;
      signer.changeKey();
    };
    const whole = new MemoryDisk();
    changeKeys(whole);
    const { length } = whole.operations;
    for (let operation = 1; operation <= length; operation++) {
      for (const when of ['before', 'after'] as const) {
        const disk = new MemoryDisk({ powerCut: { operation, when } });
        expect(() => changeKeys(disk)).toThrow();
        for (const survival of SURVIVALS) {
          const after = disk.afterPowerCut(survival);
          const signer = openSigner(options(after, () => DAY_2));
          signer.changeKey();
          expect(signer.problems, `cut ${when} ${operation}, ${survival.kind}`).toEqual([]);
          expect(signer.day).toBe('2025-07-14');
          expect(keyFiles(after)).toEqual(['key.2025-07-14']);
        }
      }
    }
  });
});

it('a statement is read back only from the text it was written as', () => {
  const disk = new MemoryDisk();
  openSigner(options(disk, () => DAY_1));
  const [root] = certificatesOn(disk);
  if (root === undefined) throw new Error('a certificate');
  const text = textOf(root);
  expect(parseStatement(SignedCertificate, text)).toEqual(root);
  expect(parseStatement(SignedCertificate, `${text} `)).toBeUndefined();
  expect(parseStatement(SignedCertificate, text.replace('"body"', '"b\\u006fdy"'))).toBeUndefined();
});

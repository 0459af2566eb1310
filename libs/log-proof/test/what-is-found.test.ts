/** Each kind of manipulation, and nothing but it, is found and named. */
import { generateKeyPairSync } from 'node:crypto';
import type { MemoryDisk } from '@mcplog/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyIdOf, rawPublicKey } from '../src/certificate.ts';
import { type Anchor, openProofKeeper, verifyStore } from '../src/index.ts';
import { SignedManifest } from '../src/manifest.ts';
import { parseStatement, signStatement, textOf } from '../src/statement.ts';
import {
  both,
  bytes,
  type Change,
  copy,
  edit,
  FIRST,
  findingsAfter,
  flip,
  gz,
  I1,
  idx,
  lines,
  makeThreeDays,
  manifest,
  move,
  remove,
  secondBlock,
  swap,
  withoutLine,
} from './changed-store.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const I2 = 'users/user_u1/mcp_i2';
const SECOND = 'app.log.2025-07-14';
const KEEPER = '/data/integrity/maintenance-worker';
const WRITER = '/data/integrity/log-writer';

let whole: MemoryDisk;
let anchor: Anchor;

beforeAll(async () => {
  ({ disk: whole, anchor } = await makeThreeDays());
});

const found = (change: Change, anchors: readonly Anchor[] = []) =>
  findingsAfter(whole, change, anchors);

describe('nothing', () => {
  it('is found in the store that all others start from', async () => {
    expect(await found(() => undefined, [anchor])).toEqual([]);
  });
});

describe('a sealed segment', () => {
  it.each<[string, Change, string[]]>([
    ['a flipped bit in a block', flip(gz(I1, FIRST), 100), [`block-damaged ${I1}/${FIRST}.gz 0`]],
    [
      'a flipped bit in a later block',
      flip(gz(I1, FIRST), (content) => secondBlock(content) + 60),
      [`block-damaged ${I1}/${FIRST}.gz 1`],
    ],
    [
      'a flipped bit in the header of a block',
      flip(gz(I1, FIRST), (content) => secondBlock(content) + 17),
      [`block-damaged ${I1}/${FIRST}.gz 1`],
    ],
    [
      'a block taken out',
      edit(gz(I1, FIRST), (content) => content.subarray(secondBlock(content))),
      [`block-missing ${I1}/${FIRST}.gz 0`],
    ],
    [
      'bytes put behind the end',
      edit(gz(I1, FIRST), (content) => Buffer.concat([content, Buffer.from('more')])),
      [`bytes-foreign ${I1}/${FIRST}.gz`],
    ],
    ['the segment removed', remove(gz(I1, FIRST)), [`segment-missing ${I1}/${FIRST}.gz`]],
    [
      'segment and index removed',
      both(remove(gz(I1, FIRST)), remove(idx(I1, FIRST))),
      [`segment-missing ${I1}/${FIRST}.gz`],
    ],
    [
      'a segment of today removed, which no manifest holds yet',
      both(remove(gz(I1, 'app.log.2025-07-16')), remove(idx(I1, 'app.log.2025-07-16'))),
      [`segment-missing ${I1}/app.log.2025-07-16.gz`],
    ],
    [
      'two segments swapped',
      swap(gz(I1, FIRST), gz(I1, SECOND)),
      [`segment-misplaced ${I1}/${FIRST}.gz`, `segment-misplaced ${I1}/${SECOND}.gz`],
    ],
    [
      'two segments swapped with their indexes',
      both(swap(gz(I1, FIRST), gz(I1, SECOND)), swap(idx(I1, FIRST), idx(I1, SECOND))),
      [`segment-misplaced ${I1}/${FIRST}.gz`, `segment-misplaced ${I1}/${SECOND}.gz`],
    ],
    [
      'a segment renamed with its index',
      both(
        move(gz(I1, FIRST), gz(I1, 'app.log.2025-07-12')),
        move(idx(I1, FIRST), idx(I1, 'app.log.2025-07-12')),
      ),
      [`segment-misplaced ${I1}/app.log.2025-07-12.gz`],
    ],
    [
      'a segment doubled under another name',
      both(copy(gz(I1, FIRST), gz(I1, `${FIRST}.1`)), copy(idx(I1, FIRST), idx(I1, `${FIRST}.1`))),
      [`segment-misplaced ${I1}/${FIRST}.1.gz`],
    ],
    [
      'a segment of another instance in place of its own, with its index',
      both(copy(gz(I2, FIRST), gz(I1, FIRST)), copy(idx(I2, FIRST), idx(I1, FIRST))),
      [`segment-replaced ${I1}/${FIRST}.gz`],
    ],
    [
      'a segment of another instance put in',
      both(
        copy(gz(I2, FIRST), gz(I1, 'app.log.2025-07-12')),
        copy(idx(I2, FIRST), idx(I1, 'app.log.2025-07-12')),
      ),
      [`segment-misplaced ${I1}/app.log.2025-07-12.gz`],
    ],
    ['the index removed', remove(idx(I1, FIRST)), [`index-missing ${I1}/.index/${FIRST}.idx`]],
    [
      'a flipped bit in the index',
      flip(idx(I1, FIRST), 300),
      [`index-damaged ${I1}/.index/${FIRST}.idx`],
    ],
    [
      'a flipped bit in the signature of the seal',
      flip(idx(I1, FIRST), (content) => content.indexOf('"signature":"') + 20),
      [`index-damaged ${I1}/.index/${FIRST}.idx`],
    ],
    [
      'a foreign segment put in',
      (disk) => disk.damage(gz(I1, 'error.log.2025-07-13'), bytes(disk, gz(I2, FIRST))),
      [`segment-unrecorded ${I1}/error.log.2025-07-13.gz`],
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await found(change)).toEqual(expected);
  });

  it('says which seqs are concerned', async () => {
    const disk = whole.afterPowerCut({ kind: 'everything' });
    flip(gz(I1, FIRST), 100)(disk);
    for await (const finding of verifyStore({ logs: LOGS, data: DATA, disk })) {
      expect(finding.firstSeq).toBe(2 ** 32 + 1);
      expect(finding.lastSeq).toBeGreaterThan(2 ** 32 + 1);
    }
  });
});

describe('a file that is not sealed', () => {
  const app = `${LOGS}/${I1}/app.log`;
  it.each<[string, Change, string[]]>([
    ['a flipped bit', flip(app, 300), [`file-changed ${I1}/app.log`]],
    [
      'its tail cut',
      edit(app, (content) => content.subarray(0, content.lastIndexOf('\n', -2) + 1)),
      [`file-cut ${I1}/app.log`],
    ],
    ['removed', remove(app), [`file-missing ${I1}/app.log`]],
    [
      'the first line taken out',
      edit(app, (content) => content.subarray(content.indexOf('\n') + 1)),
      [`file-cut ${I1}/app.log`],
    ],
    [
      'a line appended, which looks like growth',
      edit(app, (c) => Buffer.concat([c, Buffer.from('{}\n')])),
      [],
    ],
    [
      'an unknown file',
      (disk) => disk.damage(`${LOGS}/${I1}/notes.txt`, Buffer.from('x')),
      [`file-unknown ${I1}/notes.txt`],
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await found(change)).toEqual(expected);
  });
});

describe('manifests', () => {
  it.each<[string, Change, string[]]>([
    [
      'a flipped bit',
      flip(manifest(I1, '2025-07-14'), 200),
      [`manifest-damaged ${I1}/.index/manifest.2025-07-14.json`],
    ],
    [
      'one removed',
      remove(manifest(I1, '2025-07-14')),
      [`manifest-missing ${I1}/.index/manifest.2025-07-15.json`],
    ],
    ['the newest removed', remove(manifest(I1, '2025-07-15')), [`manifest-missing ${I1}/.index`]],
    [
      'those of two instances swapped',
      swap(manifest(I1, '2025-07-14'), manifest(I2, '2025-07-14')),
      [
        `manifest-damaged ${I1}/.index/manifest.2025-07-14.json`,
        `manifest-damaged ${I2}/.index/manifest.2025-07-14.json`,
      ],
    ],
    [
      'one under the name of another day',
      copy(manifest(I1, '2025-07-14'), manifest(I1, '2025-07-12')),
      [`manifest-damaged ${I1}/.index/manifest.2025-07-12.json`],
    ],
    [
      'the whole index directory removed',
      withoutDirectory(`${I1}/.index`),
      [`proof-lost ${I1}/.index`],
    ],
    ['a whole instance removed', withoutDirectory(I1), [`instance-missing ${I1}`]],
  ])('%s', async (_name, change, expected) => {
    expect(await found(change)).toEqual(expected);
  });

  it('one signed anew with the key of today is forged', async () => {
    const path = manifest(I1, '2025-07-14');
    expect(await found(resign(path, { keepDay: true }))).toEqual([
      `manifest-forged ${I1}/.index/manifest.2025-07-14.json`,
    ]);
  });

  it('one signed anew with a key of nobody is forged', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = { id: keyIdOf(rawPublicKey(publicKey)), privateKey };
    const change = edit(manifest(I1, '2025-07-14'), (content) => {
      const old = parseStatement(SignedManifest, content.toString().trimEnd());
      if (old === undefined) throw new Error('a manifest');
      return Buffer.from(`${textOf(signStatement({ ...old.body, seals: [] }, key))}\n`);
    });
    expect(await found(change)).toEqual([`manifest-forged ${I1}/.index/manifest.2025-07-14.json`]);
  });
});

function withoutDirectory(directory: string): Change {
  return (disk) => {
    const prefix = `${LOGS}/${directory}/`;
    const paths = [...disk.contents().keys()].filter((path) => path.startsWith(prefix));
    for (const path of paths.sort().reverse()) disk.damage(path.replace(/\/$/, ''), undefined);
  };
}

/** What root can do today: sign an old day's manifest, emptied, with the key that is there. */
function resign(path: string, _how: { keepDay: true }): Change {
  return (disk) => {
    const keeper = openProofKeeper({ logs: LOGS, data: DATA, disk, now: () => 0 });
    const old = parseStatement(SignedManifest, bytes(disk, path).toString().trimEnd());
    if (old === undefined) throw new Error('a manifest');
    const { kind, signer: _signer, at: _at, ...rest } = old.body;
    const forged = keeper.signer.sign(kind, { ...rest, seals: [] });
    disk.damage(path, Buffer.from(`${textOf(forged)}\n`));
  };
}

describe('keys, checkpoints and journals', () => {
  const checkpoints = `${KEEPER}/checkpoints.jsonl`;
  const certificate = `${KEEPER}/certificates/2025-07-14.json`;
  const file = 'integrity/maintenance-worker';
  it.each<[string, Change, string[]]>([
    [
      'a certificate with a flipped bit',
      flip(certificate, 150),
      [`certificate-damaged ${file}/certificates/2025-07-14.json`],
    ],
    [
      'a certificate removed',
      remove(certificate),
      [`certificate-missing ${file}/certificates/2025-07-15.json`],
    ],
    [
      'the newest certificate removed',
      remove(`${KEEPER}/certificates/2025-07-16.json`),
      [`certificate-missing ${file}/certificates`],
    ],
    [
      'a checkpoint with a flipped bit',
      flip(checkpoints, 200),
      [`checkpoint-damaged ${file}/checkpoints.jsonl`],
    ],
    [
      'a checkpoint taken out',
      withoutLine(checkpoints, 2),
      [`checkpoint-missing ${file}/checkpoints.jsonl`],
    ],
    [
      'the first checkpoint taken out',
      withoutLine(checkpoints, 0),
      [`checkpoint-missing ${file}/checkpoints.jsonl`],
    ],
    [
      'a checkpoint doubled',
      edit(checkpoints, (content) =>
        Buffer.concat([content, Buffer.from(`${lines(content).at(-1)}\n`)]),
      ),
      [`checkpoint-damaged ${file}/checkpoints.jsonl`],
    ],
    [
      'the day-book removed',
      remove(`${KEEPER}/day-book.jsonl`),
      [`journal-missing ${file}/day-book.jsonl`, `segment-unrecorded ${I1}/app.log.2025-07-16.gz`],
    ],
    [
      'heads with a flipped bit',
      flip(`${WRITER}/heads.jsonl`, 200),
      ['journal-damaged integrity/log-writer/heads.jsonl'],
    ],
    [
      'the last heads cut off',
      edit(`${WRITER}/heads.jsonl`, (c) => c.subarray(0, c.lastIndexOf('\n', -2) + 1)),
      ['journal-missing integrity/log-writer/heads.jsonl'],
    ],
    [
      'the keys of a signer removed',
      withoutData('log-writer'),
      ['journal-missing integrity/log-writer'],
    ],
    ['everything that was signed removed', withoutData(''), ['proof-lost integrity']],
  ])('%s', async (_name, change, expected) => {
    expect(await found(change)).toEqual(expected);
  });
});

function withoutData(signer: string): Change {
  return (disk) => {
    const prefix = signer === '' ? '/data/integrity/' : `/data/integrity/${signer}/`;
    const paths = [...disk.contents().keys()].filter((path) => path.startsWith(prefix));
    for (const path of paths.sort().reverse()) disk.damage(path.replace(/\/$/, ''), undefined);
  };
}

describe('a directory that cannot be read', () => {
  it('is a finding, and the others are checked all the same', async () => {
    const change: Change = (disk) => {
      const path = gz(I1, FIRST);
      remove(path)(disk);
      disk.mkdir(path, 0o700);
      flip(gz(I2, FIRST), 100)(disk);
    };
    expect(await found(change)).toEqual([`unreadable ${I1}`, `block-damaged ${I2}/${FIRST}.gz 0`]);
  });
});

describe('an anchor', () => {
  it('shows that the newest checkpoints were cut off', async () => {
    const change = withoutLine(`${KEEPER}/checkpoints.jsonl`, anchor.number - 1);
    expect(await found(change)).toEqual([]);
    expect(await found(change, [anchor])).toEqual(['anchor-missing integrity/*/checkpoints.jsonl']);
  });

  it('shows that the whole store was put back to an older snapshot', async () => {
    const maker = new StoreMaker();
    await maker.createInstance('u1', 'i1');
    await maker.write(instanceTarget('i1'), 5);
    maker.checkpoint();
    const snapshot = maker.disk.afterPowerCut({ kind: 'everything' });
    await maker.write(instanceTarget('i1'), 5);
    const later = maker.checkpoint();
    const kinds: string[] = [];
    const options = { logs: LOGS, data: DATA, disk: snapshot, anchors: [later] };
    for await (const { kind } of verifyStore(options)) kinds.push(kind);
    expect(kinds).toEqual(['anchor-missing']);
  });
});

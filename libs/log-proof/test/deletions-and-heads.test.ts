/** May what was deleted by the rules be missing, and do heads stay small? */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { describe, expect, it } from 'vitest';
import { deletedFile } from '../src/deletion.ts';
import {
  type Finding,
  HeadJournal,
  openSigner,
  readAnchor,
  takeSignerSlot,
  verifyStore,
} from '../src/index.ts';
import { SignedSeal } from '../src/seal.ts';
import { hashOf, parseStatement } from '../src/statement.ts';
import { certificatesOn } from './certificates.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const I1 = 'users/user_u1/mcp_i1';
const FILE = 'app.log.2025-07-13';

async function verify(maker: StoreMaker) {
  const verification = verifyStore({ logs: LOGS, data: DATA, disk: maker.disk });
  const findings: Finding[] = [];
  for await (const finding of verification) findings.push(finding);
  return {
    findings: findings.map(({ kind, file }) => `${kind} ${file}`),
    counts: verification.counts,
  };
}

async function sealedStore(): Promise<StoreMaker> {
  const maker = new StoreMaker();
  for (const id of ['i1', 'i2']) {
    await maker.createInstance('u1', id);
    await maker.write(instanceTarget(id), 20);
    await maker.rotate(instanceTarget(id));
  }
  await maker.seal();
  await maker.endDay();
  maker.checkpoint();
  return maker;
}

function sealHash(maker: StoreMaker): string {
  const index = maker.disk.contents().get(`${LOGS}/${I1}/.index/${FILE}.idx`)?.toString() ?? '';
  const text = index.slice(index.indexOf('{"body"'), index.lastIndexOf('}') + 1);
  const seal = parseStatement(SignedSeal, text);
  if (seal === undefined) throw new Error('a seal');
  return hashOf(seal);
}

function remove(maker: StoreMaker, prefix: string): void {
  const paths = [...maker.disk.contents().keys()].filter((path) => path.startsWith(prefix));
  for (const path of paths.sort().reverse()) maker.disk.damage(path.replace(/\/$/, ''), undefined);
}

describe('a deletion', () => {
  const request = { directory: I1, reason: 'retention', by: 'rule-30-days' } as const;

  it('that was authorised is counted, before and after the day is closed', async () => {
    const maker = await sealedStore();
    maker.keeper.authoriseDeletion({
      ...request,
      files: [{ name: `${FILE}.gz`, seal: sealHash(maker) }],
    });
    expect((await verify(maker)).findings).toEqual([]);
    remove(maker, `${LOGS}/${I1}/${FILE}.gz`);
    remove(maker, `${LOGS}/${I1}/.index/${FILE}.idx`);
    expect(await verify(maker)).toMatchObject({ findings: [], counts: { deletions: 1 } });
    await maker.endDay();
    expect(await verify(maker)).toMatchObject({ findings: [], counts: { deletions: 1 } });
  });

  it.each(['by its seal', 'by its name'])(
    'of a file %s says nothing of another that gets its name on the same day',
    async (how) => {
      const maker = new StoreMaker();
      await maker.createInstance('u1', 'i1');
      const fill = async () => {
        await maker.write(instanceTarget('i1'), 20);
        await maker.rotate(instanceTarget('i1'));
      };
      await fill();
      await maker.seal();
      const seal = how === 'by its seal' ? sealHash(maker) : null;
      maker.keeper.authoriseDeletion({ ...request, files: [{ name: `${FILE}.gz`, seal }] });
      remove(maker, `${LOGS}/${I1}/${FILE}.gz`);
      remove(maker, `${LOGS}/${I1}/.index/${FILE}.idx`);
      await fill();
      expect((await verify(maker)).findings).toEqual([]);
      await maker.seal();
      expect((await verify(maker)).findings).toEqual([]);
      await maker.endDay();
      expect((await verify(maker)).findings).toEqual([]);
      remove(maker, `${LOGS}/${I1}/${FILE}.gz`);
      expect((await verify(maker)).findings).toEqual([`segment-missing ${I1}/${FILE}.gz`]);
    },
  );

  it('of another file than was authorised is found', async () => {
    const maker = await sealedStore();
    maker.keeper.authoriseDeletion({
      ...request,
      files: [{ name: `${FILE}.gz`, seal: 'a'.repeat(64) }],
    });
    remove(maker, `${LOGS}/${I1}/${FILE}.gz`);
    expect((await verify(maker)).findings).toEqual([`segment-missing ${I1}/${FILE}.gz`]);
  });

  it('of a segment whose seal could not be read is authorised by its name', async () => {
    const maker = await sealedStore();
    const other = deletedFile('app.log.2025-07-14.gz', Buffer.alloc(0));
    maker.keeper.authoriseDeletion({ ...request, files: [other] });
    remove(maker, `${LOGS}/${I1}/${FILE}.gz`);
    remove(maker, `${LOGS}/${I1}/.index/${FILE}.idx`);
    expect((await verify(maker)).findings).toEqual([`segment-missing ${I1}/${FILE}.gz`]);
    const files = [deletedFile(`${FILE}.gz`, Buffer.alloc(0))];
    maker.keeper.authoriseDeletion({ ...request, files });
    expect(await verify(maker)).toMatchObject({ findings: [], counts: { deletions: 1 } });
  });

  it('of a whole instance needs to have been authorised as such', async () => {
    const maker = await sealedStore();
    const files = [{ name: `${FILE}.gz`, seal: sealHash(maker) }];
    maker.keeper.authoriseDeletion({ ...request, files });
    remove(maker, `${LOGS}/${I1}/`);
    expect((await verify(maker)).findings).toEqual([`instance-missing ${I1}`]);
    maker.keeper.authoriseDeletion({ ...request, reason: 'erasure', isWhole: true, files: [] });
    expect((await verify(maker)).findings).toEqual([]);
    await maker.endDay();
    await maker.endDay();
    expect((await verify(maker)).findings).toEqual([]);
  });
});

it('the last checkpoint can be read by others', async () => {
  const maker = await sealedStore();
  expect(readAnchor(DATA, { disk: maker.disk })).toEqual(maker.keeper.anchor);
  expect(readAnchor('/nowhere', { disk: maker.disk })).toBeUndefined();
});

describe('a lost key', () => {
  it('is reported for ever, unless its new root is accepted', async () => {
    const maker = await sealedStore();
    remove(maker, `${DATA}/integrity/maintenance-worker/key.`);
    maker.restart();
    maker.checkpoint();
    const file = 'integrity/maintenance-worker/certificates/2025-07-15.json';
    expect((await verify(maker)).findings).toEqual([`key-lost ${file}`]);
    await maker.write(instanceTarget('i1'), 3);
    await maker.endDay(3);
    expect((await verify(maker)).findings).toEqual([`key-lost ${file}`]);
    const root = certificatesOn(maker.disk, 'maintenance-worker').at(2);
    const acceptedRoots = [root?.key ?? ''];
    const options = { logs: LOGS, data: DATA, disk: maker.disk, acceptedRoots };
    for await (const { kind, message } of verifyStore(options)) throw new Error(kind + message);
  });
});

describe('heads', () => {
  it('stay bounded however often a file grows, and stand after a restart', async () => {
    const maker = new StoreMaker();
    const signer = openSigner({ data: '/other', name: 'log-writer', disk: maker.disk });
    const options = { signer, logs: LOGS, disk: maker.disk, compactBytes: 8192 };
    const heads = new HeadJournal(options);
    const head = (bytes: number) => ({
      directory: I1,
      name: 'app.log',
      bytes,
      sha256: 'a'.repeat(64),
      lastSeq: bytes,
    });
    for (let bytes = 1; bytes <= 500; bytes++) heads.append([head(bytes)]);
    expect(heads.bytes).toBeLessThan(3 * 8192);
    expect(heads.tip?.number).toBeGreaterThan(500);
    heads.close();
    const again = new HeadJournal(options);
    expect(again.tip).toEqual(heads.tip);
  });
});

describe('a slot', () => {
  it('belongs to one process; the next one gets another, and a dead one gives its own back', async () => {
    const data = await makeTempDir('slots');
    const first = takeSignerSlot(data, 'log-writer');
    const second = takeSignerSlot(data, 'log-writer');
    expect([first.name, second.name]).toEqual(['log-writer', 'log-writer-2']);
    expect(first.keep()).toBe(true);
    first.release();
    expect(first.keep()).toBe(false);
    const third = takeSignerSlot(data, 'log-writer');
    expect(third.name).toBe('log-writer');
  });

  it('of a holder that has been silent for long is taken, and the old holder learns of it', async () => {
    const data = await makeTempDir('slots');
    const silent = takeSignerSlot(data, 'log-writer');
    const old = new Date(Date.now() - 120_000);
    utimesSync(join(data, 'integrity/log-writer/lock'), old, old);
    expect(takeSignerSlot(data, 'log-writer').name).toBe('log-writer');
    expect(silent.keep()).toBe(false);
  });

  it('whose lock cannot be read counts once it is silent', async () => {
    const data = await makeTempDir('slots');
    mkdirSync(join(data, 'integrity/log-writer'), { recursive: true });
    const path = join(data, 'integrity/log-writer/lock');
    writeFileSync(path, '{');
    expect(takeSignerSlot(data, 'log-writer').name).toBe('log-writer-2');
    const old = new Date(Date.now() - 120_000);
    utimesSync(path, old, old);
    expect(takeSignerSlot(data, 'log-writer').name).toBe('log-writer');
  });
});

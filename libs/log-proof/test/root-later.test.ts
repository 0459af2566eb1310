/** What can somebody do who takes the whole machine, today's keys included, to a past day? */
import { createPrivateKey } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { parseSegmentName } from '@mcplog/log-store/check';
import { sealSegment } from '@mcplog/log-store/maintenance';
import type { MemoryDisk } from '@mcplog/test-kit';
import { beforeAll, expect, it } from 'vitest';
import { openProofKeeper, type ProofKeeper, verifyStore } from '../src/index.ts';
import { SignedManifest } from '../src/manifest.ts';
import { SignedSeal } from '../src/seal.ts';
import { hashOf, parseStatement, signStatement, textOf } from '../src/statement.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const I1 = 'users/user_u1/mcp_i1';
const FILE = 'app.log.2025-07-13';
const DAYS = ['2025-07-13', '2025-07-14', '2025-07-15'];
let whole: MemoryDisk;
let nowMs: number;

beforeAll(async () => {
  const maker = new StoreMaker();
  await maker.createInstance('u1', 'i1');
  for (const _day of DAYS) {
    await maker.write(instanceTarget('i1'), 30);
    await maker.rotate(instanceTarget('i1'));
    await maker.seal();
    await maker.endDay();
  }
  maker.checkpoint();
  whole = maker.disk;
  nowMs = maker.nowMs + 1000;
});

/** Changes a line of the first day and seals the file anew, as the maintenance-worker would. */
async function sealAnew(disk: MemoryDisk): Promise<ProofKeeper> {
  const keeper = openProofKeeper({ logs: LOGS, data: DATA, disk, now: () => nowMs });
  const path = `${LOGS}/${I1}/${FILE}`;
  const plain = gunzipSync(disk.contents().get(`${path}.gz`) ?? '').toString();
  disk.damage(`${path}.gz`, undefined);
  disk.damage(`${LOGS}/${I1}/.index/${FILE}.idx`, undefined);
  disk.damage(path, Buffer.from(plain.replace('line', 'lime')));
  const name = parseSegmentName(FILE);
  if (name === undefined) throw new Error('a name');
  const directory = `${LOGS}/${I1}`;
  await sealSegment({ disk, directory, name, sign: async (facts) => keeper.signSeal(I1, facts) });
  return keeper;
}

function newSeal(disk: MemoryDisk): SignedSeal {
  const index = disk.contents().get(`${LOGS}/${I1}/.index/${FILE}.idx`)?.toString() ?? '';
  const text = index.slice(index.indexOf('{"body"'), index.lastIndexOf('}') + 1);
  const seal = parseStatement(SignedSeal, text);
  if (seal === undefined) throw new Error('a seal');
  return seal;
}

async function kindsOn(disk: MemoryDisk): Promise<string[]> {
  const kinds = new Set<string>();
  for await (const { kind } of verifyStore({ logs: LOGS, data: DATA, disk })) kinds.add(kind);
  return [...kinds].sort();
}

it('a file that was sealed again with other content contradicts its first seal', async () => {
  const disk = whole.afterPowerCut({ kind: 'everything' });
  await sealAnew(disk);
  expect(await kindsOn(disk)).toEqual(['segment-replaced']);
});

it('manifests signed anew to fit, back to the changed day, are forged: the keys of those days are gone', async () => {
  const disk = whole.afterPowerCut({ kind: 'everything' });
  const keeper = await sealAnew(disk);
  const seal = newSeal(disk);
  let previous: string | null = null;
  for (const day of DAYS) {
    const path = `${LOGS}/${I1}/.index/manifest.${day}.json`;
    const old = parseStatement(
      SignedManifest,
      disk.contents().get(path)?.toString().trimEnd() ?? '',
    );
    if (old === undefined) throw new Error('a manifest');
    const { kind, signer: _signer, at: _at, ...rest } = old.body;
    const seals = rest.seals.map((known) => (known.body.file === FILE ? seal : known));
    const forged = keeper.signer.sign(kind, { ...rest, previous, seals });
    previous = hashOf(forged);
    disk.damage(path, Buffer.from(`${textOf(forged)}\n`));
  }
  keeper.checkpoint();
  expect(await kindsOn(disk)).toContain('manifest-forged');
});

it('a statement that claims to be of a past day is forged as well', async () => {
  const disk = whole.afterPowerCut({ kind: 'everything' });
  const keeper = await sealAnew(disk);
  const journal = '/data/integrity/maintenance-worker/checkpoints.jsonl';
  const lines = disk.contents().get(journal)?.toString().trimEnd().split('\n') ?? [];
  keeper.close();
  // The signer would not say so itself: its clock never goes back.
  const stolen = openProofKeeper({ logs: LOGS, data: DATA, disk, now: () => nowMs });
  const { body } = JSON.parse(lines[0] ?? '{}');
  const key = { id: stolen.signer.sign('x 1', {}).key, privateKey: privateKeyOn(disk) };
  lines[0] = textOf(signStatement({ ...body, changed: [] }, key));
  disk.damage(journal, Buffer.from(`${lines.join('\n')}\n`));
  expect(await kindsOn(disk)).toContain('checkpoint-forged');
});

function privateKeyOn(disk: MemoryDisk) {
  const [, der] =
    [...disk.contents()].find(([path]) => path.includes('maintenance-worker/key.')) ?? [];
  return createPrivateKey({ key: der ?? Buffer.alloc(0), format: 'der', type: 'pkcs8' });
}

import { eventually } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

/** Says who it is and what it can read of what is not its own. */
const SPY = `
const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
const attempt = (what) => { try { what(); return 'yes'; } catch (error) { return error.code; } };
const data = process.env.DATA_DIR;
console.error(JSON.stringify({
  uid: process.getuid(),
  gids: process.getgroups(),
  key: attempt(() => readFileSync(data + '/master.key')),
  spool: attempt(() => readdirSync(data + '/supervisor/spool')),
  neighbours: attempt(() => {
    const others = readdirSync(data + '/instances').filter((id) => id !== process.env.MCPLOG_INSTANCE_ID);
    if (others.length === 0) throw { code: 'NONE' };
  }),
  supervisor: attempt(() => readFileSync('/proc/' + process.ppid + '/environ')),
  own: attempt(() => writeFileSync(process.env.TMPDIR + '/mine', 'x')),
}));
process.stdin.resume().on('end', () => process.exit());
`;

interface Sight {
  readonly uid: number;
  readonly gids: readonly number[];
  readonly key: string;
  readonly spool: string;
  readonly neighbours: string;
  readonly supervisor: string;
  readonly own: string;
}

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});

afterEach(() => stage.close());

/** What the servers of ann, ben and ann again see. */
async function sightsUnder(settings: Record<string, string>): Promise<Sight[]> {
  await stage.addItem({
    service: 'spy',
    command: 'node',
    args: ['-e', SPY],
    env: { DATA_DIR: { secret: false, required: true } },
  });
  await stage.startSupervisor(settings);
  const env = { DATA_DIR: stage.dataDir };
  const ids = [
    await stage.addInstance('spy', { userId: 'ann', env }),
    await stage.addInstance('spy', { userId: 'ben', env }),
    await stage.addInstance('spy', { userId: 'ann', env }),
  ];
  const reports = await Promise.all(
    ids.map((id) =>
      eventually(() => stage.entriesOf(id).find(({ message }) => message.startsWith('{"uid"'))),
    ),
  );
  return reports.map(({ message }) => JSON.parse(message));
}

test.runIf(process.getuid?.() === 0)(
  'started as root, each user has an operating-system user that sees its own home only',
  async () => {
    const off = { MCPLOG_ISOLATION: 'off', MCPLOG_CHILD_UID_BASE: '310000' };
    const sights = await sightsUnder(off);
    expect(sights[0]?.uid).toBe(sights[2]?.uid);
    expect(sights[1]?.uid).not.toBe(sights[0]?.uid);
    for (const { uid, ...seen } of sights) {
      expect(uid).toBeGreaterThanOrEqual(310_000);
      expect(seen).toEqual({
        gids: [uid],
        key: 'EACCES',
        spool: 'EACCES',
        neighbours: 'EACCES',
        supervisor: 'EACCES',
        own: 'yes',
      });
    }
  },
);

test('by default a server sees nothing of others, not even of the same user', async () => {
  for (const { uid, gids, supervisor, ...seen } of await sightsUnder({})) {
    expect(seen).toEqual({ key: 'ENOENT', spool: 'ENOENT', neighbours: 'NONE', own: 'yes' });
    // Its parent is part of the enclosure and, without root, of its own user.
    if (process.getuid?.() === 0)
      expect({ gids, supervisor }).toEqual({ gids: [uid], supervisor: 'EACCES' });
  }
});

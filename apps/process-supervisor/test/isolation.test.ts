import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  instances: attempt(() => readdirSync(data + '/instances')),
  supervisor: attempt(() => readFileSync('/proc/' + process.ppid + '/environ')),
  own: attempt(() => writeFileSync(process.env.TMPDIR + '/mine', 'x')),
}));
process.stdin.resume().on('end', () => process.exit());
`;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

test.runIf(process.getuid?.() === 0)(
  'started as root, each user has an operating-system user that sees its own home only',
  async () => {
    await stage.addItem({
      service: 'spy',
      command: 'node',
      args: ['-e', SPY],
      env: { DATA_DIR: { secret: false, required: true } },
    });
    await stage.startSupervisor({ MCPLOG_CHILD_UID_BASE: '310000' });
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
    const facts = reports.map(({ message }) => JSON.parse(message));
    expect(facts[0].uid).toBe(facts[2].uid);
    expect(facts[1].uid).not.toBe(facts[0].uid);
    for (const { uid, ...seen } of facts) {
      expect(uid).toBeGreaterThanOrEqual(310_000);
      expect(seen).toEqual({
        gids: [uid],
        key: 'EACCES',
        spool: 'EACCES',
        instances: 'EACCES',
        supervisor: 'EACCES',
        own: 'yes',
      });
    }
  },
);

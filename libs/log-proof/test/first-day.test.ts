/** What is told of a store before its first day is over, and so before its first manifest? */
import { expect, it } from 'vitest';
import { verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

it('a removed index directory: each index that is missing, and nothing else', async () => {
  const maker = new StoreMaker();
  await maker.createInstance('u1', 'i1');
  for (let segment = 0; segment < 2; segment++) {
    await maker.write(instanceTarget('i1'), 20);
    await maker.rotate(instanceTarget('i1'));
  }
  await maker.seal();
  const disk = maker.disk.afterPowerCut({ kind: 'everything' });
  const index = `${LOGS}/users/user_u1/mcp_i1/.index`;
  disk.rename(index, '/elsewhere');
  const findings: string[] = [];
  for await (const { kind, file } of verifyStore({ logs: LOGS, data: DATA, disk })) {
    findings.push(`${kind} ${file}`);
  }
  expect(findings).toEqual([
    'index-missing users/user_u1/mcp_i1/.index/app.log.2025-07-13.idx',
    'index-missing users/user_u1/mcp_i1/.index/app.log.2025-07-13.1.idx',
  ]);
});

import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callTool, NUMBERED_SERVER, numberedLines, openStage, type Stage } from './stage.ts';

const SECRET = 'sesame-open-4711-x9';
const FLOOD = 20_000;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  const numbered = { command: 'node', args: [NUMBERED_SERVER] };
  const env = { API_TOKEN: { secret: true, required: false } };
  await stage.addItem({ service: 'numbered', ...numbered, env });
  await stage.addItem({
    ...{ service: 'small', ...numbered },
    storm: { linesPerSecond: 1, linesBurst: 50 },
  });
  await stage.startSupervisor({
    MCPLOG_STORM_LINES_PER_SECOND: '100',
    MCPLOG_STORM_LINES_BURST: '1000',
    MCPLOG_REPEATS_SHOWN: '3',
  });
});

afterAll(() => stage.close());

/** The sum of a number that entries of this event tell. */
function told(id: string, event: string, key: string): number {
  return stage
    .entriesOf(id)
    .filter(({ metadata }) => metadata.event === event)
    .reduce((sum, { metadata }) => sum + Number(metadata[key]), 0);
}

test('a flood is suppressed with an entry that says how many and why, a neighbour is not', async () => {
  const [flooding, quiet] = [
    await stage.addInstance('numbered'),
    await stage.addInstance('numbered'),
  ];
  const [noise, words] = [await stage.connect(flooding), await stage.connect(quiet)];
  await Promise.all([
    callTool(noise, 'burst', { count: FLOOD, bytes: 80 }),
    callTool(words, 'burst', { count: 900, bytes: 80 }),
  ]);
  await eventually(() => {
    const shown = numberedLines(stage.entriesOf(flooding)).length;
    return shown + told(flooding, 'lines_suppressed', 'suppressed') === FLOOD;
  });
  const shown = numberedLines(stage.entriesOf(flooding));
  expect(shown.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  expect(shown.length).toBeLessThan(FLOOD);
  const [first] = stage
    .entriesOf(flooding)
    .filter(({ metadata }) => metadata.event === 'lines_suppressed');
  expect(first).toMatchObject({
    ...{ type: 'system', level: 'warn' },
    message: expect.stringMatching(/^\d+ lines suppressed: more than 100 lines\/s$/),
    metadata: { reason: 'lines_per_second' },
  });
  const numbers = stage.entriesOf(flooding).map(({ n }) => n);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  await eventually(() => numberedLines(stage.entriesOf(quiet)).length === 900);
  expect(told(quiet, 'lines_suppressed', 'suppressed')).toBe(0);
  await Promise.all([noise.close(), words.close()]);
});

test('calls are entries during a flood', async () => {
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  await callTool(client, 'burst', { count: FLOOD, bytes: 80 });
  const asked = Array.from({ length: 20 }, () => callTool(client, 'stats'));
  await Promise.all(asked);
  const calls = () => stage.entriesOf(id).filter(({ message }) => message.includes('stats ok'));
  await eventually(() => calls().length === 20);
  await client.close();
});

test('a catalogue item may have limits of its own, and a crash does not begin them anew', async () => {
  const id = await stage.addInstance('small');
  const first = await stage.connect(id);
  await callTool(first, 'burst', { count: 50, bytes: 40 });
  await expect(callTool(first, 'crash', { code: 1 })).rejects.toThrow();
  await eventually(() => stage.registry.instance_status.get(id)?.run === 2);
  const second = await stage.connect(id);
  await callTool(second, 'burst', { count: 50, bytes: 40 });
  await eventually(() => told(id, 'lines_suppressed', 'suppressed') > 0);
  expect(numberedLines(stage.entriesOf(id)).length).toBeLessThan(100);
  await second.close();
});

test('equal lines in a row are written three times and then counted', async () => {
  const id = await stage.addInstance('numbered');
  const client = await stage.connect(id);
  const text = Array.from({ length: 30 }, () => 'connection refused').join('\n');
  await callTool(client, 'print', { stream: 'stderr', text: `${text}\nconnected` });
  await eventually(() => stage.entriesOf(id).some(({ message }) => message === 'connected'));
  const printed = stage.entriesOf(id).filter(({ message }) => message.startsWith('connect'));
  expect(printed).toHaveLength(4);
  expect(told(id, 'lines_folded', 'folded')).toBe(27);
  await client.close();
});

test('a text that cannot be looked through in time is not shown, which is told and counted', async () => {
  // Nothing but backslashes can be read as this secret in too many ways.
  const id = await stage.addInstance('numbered', { secrets: { API_TOKEN: '\\\\\\\\\\\\x' } });
  const client = await stage.connect(id);
  const text = '\\'.repeat(60_000);
  await callTool(client, 'print', { stream: 'stderr', text: `${text}\nwords\n${text}` });
  const notice = await eventually(() =>
    stage.entriesOf(id).find(({ metadata }) => metadata.event === 'texts_unmaskable'),
  );
  expect(notice).toMatchObject({ type: 'system', level: 'warn' });
  await client.close();
  await stage.registry.instances.update(id, (row) => row && { ...row, desired: 'stopped' });
  await eventually(() => stage.registry.instance_status.get(id)?.state === 'stopped');
  await eventually(() => told(id, 'texts_unmaskable', 'count') === 2);
  const hidden = stage.entriesOf(id).filter(({ message }) => message.startsWith('[masked:time'));
  expect(hidden).toHaveLength(2);
});

test('a line that is cut shows no half of a secret', async () => {
  const id = await stage.addInstance('numbered', { secrets: { API_TOKEN: SECRET } });
  const client = await stage.connect(id);
  const text = `${'x'.repeat(64 * 1024 - 5)}${SECRET} and more`;
  await callTool(client, 'print', { stream: 'stderr', text });
  const long = await eventually(() =>
    stage.entriesOf(id).find(({ metadata }) => metadata.cut === true),
  );
  expect(long.message).not.toContain(SECRET.slice(0, 3));
  expect(long.message).toContain('[masked:');
  await client.close();
});

test('/metrics tells what was suppressed, folded, cut and masked, without names of secrets', async () => {
  const id = await stage.addInstance('numbered', { secrets: { API_TOKEN: SECRET } });
  const client = await stage.connect(id);
  await callTool(client, 'print', { stream: 'stdout', text: `pollution with ${SECRET}` });
  // Only this test pollutes: everything else may be counted already by those before it.
  const text = await eventually(async () => {
    const page = await (await stage.fetch('/metrics')).text();
    return /capture_pollution_lines_total\{.*\} [1-9]/.test(page) && page;
  });
  expect(text).toMatch(/masked_total\{rule="secret".*\} [1-9]/);
  const values = ['suppressed_lines', 'repeats_folded', 'cut_lines', 'unmaskable_texts'];
  for (const name of [...values, 'suppressed_bytes']) {
    expect(text).toMatch(new RegExp(`mcplog_capture_${name}_total\\{.*\\} [1-9]`));
  }
  expect(text).not.toContain('API_TOKEN');
  await client.close();
});

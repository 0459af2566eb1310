import { expect, test } from 'vitest';
import { ProcessAlerts } from './process-alerts.ts';

const MIB = 2 ** 20;
const MINUTES = 60 / 10;
const limits = {
  leakWindowSeconds: 1800,
  leakRiseBytes: 128 * MIB,
  cpuAlertPercent: 90,
  cpuAlertSeconds: 300,
};

/** Feeds one sample every 10 s; the functions get the number of the sample. */
function feed(
  count: number,
  { rss = () => 50 * MIB, cpu = () => 1 }: { rss?(i: number): number; cpu?(i: number): number },
) {
  const alerts = new ProcessAlerts(limits);
  const events: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const sample = { steadyMs: 5000 + i * 10_000, rssBytes: rss(i), cpuPercent: cpu(i) };
    for (const change of alerts.take(sample)) {
      events.push(`${change.event} at ${Math.floor(i / MINUTES)} min`);
      words.push(change.words);
    }
  }
  return { alerts, events, words };
}

test('memory that rises for half an hour is told once, and again when it stays where it is', () => {
  const peak = 70 * MINUTES;
  const { events, words } = feed(180 * MINUTES, { rss: (i) => (50 + Math.min(i, peak)) * MIB });
  expect(events).toEqual(['memory_leak at 30 min', 'memory_leak_over at 95 min']);
  expect(words[0]).toMatch(/^memory rose steadily from 50 to \d+ MiB in 1800 s$/);
});

test('a leak under a collector that lets memory swing is found', () => {
  const { events } = feed(40 * MINUTES, { rss: (i) => (50 + i + 80 * (i % 7)) * MIB });
  expect(events).toEqual(['memory_leak at 30 min']);
});

test.each([
  ['stays', () => 900 * MIB],
  ['swings', (i: number) => (100 + 400 * ((i % 20) / 20)) * MIB],
  ['rises by less than the limit', (i: number) => 50 * MIB + i * MIB * 0.5],
  ['rises at the start and then stays', (i: number) => Math.min(50 + i * 10, 800) * MIB],
  ['rises in steps with an hour between', (i: number) => (1 + Math.floor(i / 360)) * 300 * MIB],
])('memory that %s is no leak', (_, rss) => {
  expect(feed(180 * MINUTES, { rss }).events).toEqual([]);
});

test('a core that is busy for five minutes is told once, and when it is calm', () => {
  const { events, words } = feed(60 * MINUTES, { cpu: (i) => (i < 20 * MINUTES ? 99 : 3) });
  expect(events).toEqual(['cpu_high at 5 min', 'cpu_high_over at 21 min']);
  expect(words[0]).toBe('CPU use of 99 % over 300 s (100 is one core)');
});

test('short work, or a use around the limit, does not make alerts come and go', () => {
  expect(feed(120 * MINUTES, { cpu: (i) => (i % 60 < 20 ? 100 : 5) }).events).toEqual([]);
  const around = feed(240 * MINUTES, { cpu: (i) => 90 + 8 * Math.sin(i / 40) });
  expect(around.events).toHaveLength(1);
});

test('the end of the process is the end of its alerts', () => {
  const busy = feed(40 * MINUTES, { rss: (i) => (50 + i) * MIB, cpu: () => 100 });
  expect(busy.alerts.end().map(({ event }) => event)).toEqual([
    'memory_leak_over',
    'cpu_high_over',
  ]);
  expect(busy.alerts.end()).toEqual([]);
});

test('limits of 0 switch an alert off', () => {
  const alerts = new ProcessAlerts({ ...limits, leakWindowSeconds: 0, cpuAlertPercent: 0 });
  const changes = Array.from({ length: 1000 }, (_, i) =>
    alerts.take({ steadyMs: i * 10_000, rssBytes: i * 10 * MIB, cpuPercent: 100 }),
  );
  expect(changes.flat()).toEqual([]);
});

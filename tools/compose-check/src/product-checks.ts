/** Does the product do its job in containers, and keep its promises when they are killed? */
import type { LogEntry } from '@mcplog/log-entry';
import type { HealthAnswer } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { type Check, expect, type Scene } from './check.ts';
import type { Person } from './person.ts';
import { serviceOf } from './stack.ts';

const MARK = 'a word that only this check says';
/** Long enough for all kills below; the server writes this many lines in 30 s. */
const LINES = 6_000;
const LINES_PER_SECOND = 200;
const DRAINED_MS = 120_000;

export const PRODUCT_CHECKS: readonly Check[] = [
  {
    name: 'health knows every service and says what an acknowledgement of the bus survives',
    run: async ({ admin, images }) => {
      const { data } = await admin.json<HealthAnswer>('GET', '/api/v1/admin/logs/health');
      const apps = data.services.map(({ app }) => app).sort();
      const wanted =
        'admin-api,log-writer,maintenance-worker,process-supervisor,query-api,stream-gateway';
      expect(apps.join() === wanted, apps);
      expect(data.bus.durability === images.durability, data.bus);
    },
  },
  {
    name: 'what a server prints is seen live, found by search, and exported, and so is the call',
    run: async ({ ann, printer }) => {
      const print = () => ann.callTool(printer, 'print', { stream: 'stderr', text: MARK });
      await ann.tailUntil(printer, MARK, print);
      await untilFound(ann, printer, MARK);
      await untilFound(ann, printer, 'tools/call print ok');
      const path = `/api/v1/mcps/${printer}/logs/export`;
      const exported = await ann.text('POST', path, { format: 'csv' });
      expect(exported.includes(MARK), exported.slice(0, 500));
    },
  },
  {
    name: 'another user finds no instance, no log, no ticket and no server there',
    run: async ({ bob, calls }) => {
      const doors = [
        ['GET', `/api/v1/mcps/${calls}`],
        ['GET', `/api/v1/mcps/${calls}/logs`],
        ['POST', `/api/v1/mcps/${calls}/logs/ticket`],
        ['POST', `/api/v1/mcps/${calls}/stop`],
        ['GET', `/mcp/${calls}`],
      ] as const;
      for (const [method, path] of doors) {
        const { status } = await bob.send(method, path);
        expect(status === 404, `${method} ${path}: ${status}`);
      }
    },
  },
  {
    name: 'log-writer, nats, query-api and stream-gateway are killed under load: no line is lost, doubled or moved',
    run: async (scene) => {
      const pace = { LINES_PER_SECOND: String(LINES_PER_SECOND), LINES_MAX: String(LINES) };
      const id = await scene.ann.addInstance('numbered', pace);
      for (const service of ['log-writer', 'nats', 'query-api', 'stream-gateway']) {
        const before = numbersIn(await scene.ann.readAll(id)).length;
        scene.stack.killAndStart(service);
        await untilMoreThan(before, scene, id);
      }
      await untilMoreThan(LINES - 1, scene, id);
      const numbers = numbersIn(await scene.ann.readAll(id));
      const firstWrong = numbers.findIndex((number, index) => number !== index + 1);
      expect(firstWrong === -1 && numbers.length === LINES, {
        lines: numbers.length,
        around: numbers.slice(Math.max(0, firstWrong - 2), firstWrong + 3),
      });
    },
  },
  {
    name: 'a supervisor that starts again starts its servers again',
    run: async ({ stack, ann, calls }) => {
      stack.killAndStart('process-supervisor');
      await stack.untilHealthy();
      await ann.untilRunning(calls);
      await eventually(() => ann.callTool(calls, 'get-sum', { a: 2, b: 3 }), {
        timeoutMs: 30_000,
      });
      await untilFound(ann, calls, 'tools/call get-sum ok');
    },
  },
  {
    name: 'two query-apis and two gateways answer as one',
    run: async ({ stack, ann, calls }) => {
      const two = ['query-api', 'stream-gateway'].flatMap((name) => ['--scale', `${name}=2`]);
      stack.compose('up', '--detach', '--no-build', ...two);
      await stack.untilHealthy();
      for (let round = 0; round < 6; round++) {
        const say = () => ann.callTool(calls, 'echo', { message: `round ${round}` });
        await ann.tailUntil(calls, 'echo', say);
        expect((await ann.search(calls, 'limit=1')).length === 1, 'no entry');
      }
    },
  },
  {
    name: 'every service stops by itself when it is asked to',
    run: async ({ stack }) => {
      // Compose v2 stops in this order by itself, docker-compose 1.29 all at once.
      stack.compose('stop', ...APPS);
      const apps = stack.containers().filter((container) => APPS.includes(serviceOf(container)));
      const hard = apps.filter(({ State }) => State.ExitCode !== 0);
      expect(hard.length === 0, hard.map((c) => `${serviceOf(c)}: ${c.State.ExitCode}`).join(', '));
    },
  },
];

/** Who calls whom, callers first. */
const APPS = [
  'dashboard',
  'stream-gateway',
  'query-api',
  'admin-api',
  'maintenance-worker',
  'process-supervisor',
  'log-writer',
];

function untilFound(person: Person, id: string, text: string): Promise<true> {
  const query = `search=${encodeURIComponent(text)}`;
  return eventually(async () => (await person.search(id, query)).length > 0);
}

function untilMoreThan(count: number, { ann }: Scene, id: string): Promise<true> {
  return eventually(
    async () => {
      const found = numbersIn(await ann.readAll(id)).length;
      if (found <= count) throw new Error(`${found} lines, not more than ${count}`);
      return true as const;
    },
    { timeoutMs: DRAINED_MS, intervalMs: 1_000 },
  );
}

function numbersIn(entries: readonly LogEntry[]): number[] {
  const lines = entries.flatMap(({ message }) => [...message.matchAll(/^line (\d+)/gm)]);
  return lines.map(([, number]) => Number(number));
}

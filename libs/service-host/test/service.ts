/** A small real service for service-life.test.ts: `node service.ts <behaviour>`. */
import { createLogger, runService } from '../src/index.ts';

const behaviour = process.argv[2] ?? '';
const log = createLogger({ app: 'sample' });

await runService({
  app: 'sample',
  version: '1.0.0',
  log,
  stopBudgetMs: 300,
  watchStdin: behaviour === 'watch-stdin',
  start: async (life) => {
    const beat = setInterval(() => undefined, 1_000);
    life.onStop('first', () => {
      clearInterval(beat);
      log.info('closed first');
    });
    life.onStop('second', async () => {
      if (behaviour === 'closer-fails') throw new Error('closer failed');
      if (behaviour === 'closer-hangs') await new Promise(() => undefined);
      log.info('closed second');
    });
    if (behaviour === 'start-fails') throw new Error('port in use');
    if (behaviour === 'throws-later') setTimeout(() => missing(), 1);
    if (behaviour === 'rejects-later') setTimeout(() => void Promise.reject(new Error('lost')), 1);
  },
});

function missing(): never {
  throw new Error('nobody caught this');
}

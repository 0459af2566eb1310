import { createLogger, runService } from '@mcplog/service-host';
import { DemoUser } from './demo-user.ts';
import { followInstances } from './instance-follower.ts';
import { errandsFor } from './scripts.ts';
import { loadSettings } from './settings.ts';
import { visitInstance } from './visitor.ts';

const app = 'demo-traffic';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const user = new DemoUser(settings);
    life.onStop('login', () => user.logOut().catch(() => undefined));
    const signal = life.stopping;
    const following = followInstances({
      list: () => user.instances(),
      visit: (instance, gone) => {
        if (errandsFor(instance.service).length === 0) return Promise.resolve();
        const until = AbortSignal.any([signal, gone]);
        return visitInstance(instance, { settings, user, log, signal: until });
      },
      onError: (error) => log.info({ err: error }, 'the instances could not be listed'),
      signal,
    });
    life.onStop('visits', () => following);
  },
});

import { backoff, type Logger, pause } from '@mcplog/service-host';
import type { DemoUser } from './demo-user.ts';
import { errandsFor, pick } from './scripts.ts';
import type { Settings } from './settings.ts';
import { openVisit, type Visit, VisitEnded } from './visit.ts';

/** People close their client now and then; so does the demo after about this many calls. */
const CALLS_PER_VISIT = 60;

export interface VisitorOptions {
  readonly settings: Settings;
  readonly user: DemoUser;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Visits one instance again and again until the signal; a failure only means a later visit. */
export async function visitInstance(
  instance: { readonly id: string; readonly service: string },
  options: VisitorOptions,
): Promise<void> {
  const { log, signal } = options;
  const waits = backoff({ minMs: 500, maxMs: 15_000 });
  while (!signal.aborted) {
    try {
      await visitOnce(instance, options);
      waits.reset();
    } catch (error) {
      if (signal.aborted) return;
      log.info({ instanceId: instance.id, err: error }, 'the visit failed; trying again');
    }
    await pause(waits.nextMs(), signal);
  }
}

async function visitOnce(
  { id, service }: { readonly id: string; readonly service: string },
  { settings, user, signal }: VisitorOptions,
): Promise<void> {
  const errands = errandsFor(service);
  const visit = await openVisit({
    url: new URL(`/mcp/${id}`, settings.url),
    token: await user.token(),
    signal,
    pause: () => pause(settings.paceMs * (0.4 + 1.2 * Math.random()), signal),
  });
  try {
    while (visit.calls < CALLS_PER_VISIT) await pick(errands)(visit);
  } catch (error) {
    if (!(error instanceof VisitEnded)) throw error;
  } finally {
    await closeQuietly(visit);
  }
}

/** The visit is over whether or not the server hears of it. */
async function closeQuietly(visit: Visit): Promise<void> {
  await visit.close().catch(() => undefined);
}

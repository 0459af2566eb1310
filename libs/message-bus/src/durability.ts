import type { Bus } from './bus.ts';

/**
 * What an acknowledgement of the broker survives: `power-loss` when it syncs first,
 * `process-crash` when it only wrote to the page cache, `unknown` when it does not say.
 */
export type BusDurability = 'power-loss' | 'process-crash' | 'unknown';

/** Asks the broker's monitoring page (`/varz`) whether it syncs before it acknowledges. */
export async function readBusDurability(
  bus: Bus,
  monitorUrl: string | undefined,
): Promise<BusDurability> {
  if (/^2\.[0-9]\./.test(bus.serverVersion)) return 'process-crash';
  if (monitorUrl === undefined) return 'unknown';
  try {
    const answer = await fetch(new URL('/varz', monitorUrl), {
      signal: AbortSignal.timeout(2_000),
    });
    const varz = (await answer.json()) as { jetstream?: { config?: { sync_always?: boolean } } };
    const config = varz.jetstream?.config;
    if (config === undefined) return 'unknown';
    return config.sync_always === true ? 'power-loss' : 'process-crash';
  } catch {
    return 'unknown';
  }
}

import type { DoorApp } from '@mcplog/http-door';
import type { LogReader } from '@mcplog/log-store/reader';
import type { Registry } from '@mcplog/registry';
import type { OpenTails } from './open-tails.ts';
import type { TailHub } from './tail-hub.ts';

export type GatewayRegistry = Registry<'sessions' | 'instances' | 'tickets' | 'services'>;

/** What the routes work with. */
export interface Gateway {
  readonly app: DoorApp;
  readonly registry: GatewayRegistry;
  readonly reader: LogReader;
  readonly hub: TailHub;
  readonly open: OpenTails;
}

import type { InstanceStatus, ProtocolReport } from '@mcplog/protocol';
import type { Table } from '@mcplog/registry';
import { backoff } from '@mcplog/service-host';

const RETRY = { minMs: 200, maxMs: 5_000 };

/** Publishes the state of each instance; while the bus is away only the newest is kept. */
export class StatusBoard {
  readonly #table: Table<InstanceStatus>;
  readonly #unsent = new Map<string, InstanceStatus | undefined>();
  #sending: Promise<void> | undefined;
  #isClosed = false;

  constructor(table: Table<InstanceStatus>) {
    this.#table = table;
  }

  get(instanceId: string): InstanceStatus | undefined {
    return this.#unsent.get(instanceId) ?? this.#table.get(instanceId);
  }

  /** What is known of the protocol stays when the status does not tell it anew. */
  set(status: InstanceStatus): void {
    const protocol = status.protocol ?? this.get(status.instanceId)?.protocol;
    this.#queue(status.instanceId, { ...status, ...(protocol && { protocol }) });
  }

  setProtocol(instanceId: string, protocol: ProtocolReport): void {
    const status = this.get(instanceId);
    if (status !== undefined) this.#queue(instanceId, { ...status, protocol });
  }

  delete(instanceId: string): void {
    this.#queue(instanceId, undefined);
  }

  /** Waits at most `timeoutMs` for what is unsent. */
  async close(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#isClosed = true;
    }, timeoutMs);
    await this.#sending;
    clearTimeout(timer);
    this.#isClosed = true;
  }

  #queue(instanceId: string, status: InstanceStatus | undefined): void {
    this.#unsent.set(instanceId, status);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    const retry = backoff(RETRY);
    while (this.#unsent.size > 0 && !this.#isClosed) {
      const [instanceId, status] = this.#unsent.entries().next().value as [
        string,
        InstanceStatus | undefined,
      ];
      try {
        if (status === undefined) await this.#table.delete(instanceId);
        else await this.#table.put(instanceId, status);
        if (this.#unsent.get(instanceId) === status) this.#unsent.delete(instanceId);
        retry.reset();
      } catch {
        // The bus is away: the newest state of each instance is sent when it is back.
        await new Promise((resolve) => setTimeout(resolve, retry.nextMs()));
      }
    }
  }
}

import { type CatalogueItem, type InstanceRecord, WRAP_SERVICE } from '@mcplog/protocol';
import type { Registry } from '@mcplog/registry';
import type { ChildRun } from './instances/child-run.ts';
import { HeldFile } from './instances/held-file.ts';
import { InstanceRunner, type InstanceSurroundings } from './instances/instance-runner.ts';
import type { Leftover } from './instances/leftovers.ts';
import { logLost } from './instances/recover-held.ts';

export type SupervisorRegistry = Registry<
  'catalogue' | 'instances' | 'instance_status' | 'runs' | 'services' | 'sessions'
>;

/** Makes every instance what its owner wants it to be. */
export class Supervisor {
  readonly #registry: SupervisorRegistry;
  readonly #around: InstanceSurroundings;
  readonly #runners = new Map<string, InstanceRunner>();
  readonly #leftovers: Map<string, Leftover[]>;
  readonly #closing = new Set<Promise<void>>();
  readonly #stops: (() => void)[];

  constructor(
    registry: SupervisorRegistry,
    { leftovers, ...around }: InstanceSurroundings & { leftovers: readonly Leftover[] },
  ) {
    this.#registry = registry;
    this.#around = around;
    this.#leftovers = Map.groupBy(leftovers, ({ instanceId }) => instanceId);
    this.#stops = [
      registry.instances.follow((id, record) => this.#onInstance(id, record)),
      registry.catalogue.follow((service, item) => this.#onItem(service, item)),
    ];
    this.#clearStatuses();
    this.#settleStrangers();
  }

  /** Instances whose process runs now. */
  running(): { record: InstanceRecord; current: ChildRun }[] {
    return [...this.#runners.values()].flatMap(({ record, current }) =>
      current === undefined ? [] : [{ record, current }],
    );
  }

  /** For life signs and metrics. */
  get figures(): { instances: number; children: number; separateUsers: number } {
    const separateUsers = this.#around.owners.areSeparate ? 1 : 0;
    return { instances: this.#runners.size, children: this.running().length, separateUsers };
  }

  runnerOf(instanceId: string): InstanceRunner | undefined {
    return this.#runners.get(instanceId);
  }

  /** Ends every process; resolves when all are gone and have their death certificate. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const runner of this.#runners.values()) this.#closeRunner(runner, 'the supervisor stops');
    await Promise.all(this.#closing);
  }

  #onInstance(id: string, record: InstanceRecord | undefined): void {
    const runner = this.#runners.get(id);
    if (record === undefined) {
      if (runner !== undefined) this.#remove(id, runner);
    } else if (record.service !== WRAP_SERVICE) {
      const item = this.#registry.catalogue.get(record.service);
      if (runner !== undefined) runner.apply(record, item);
      else this.#add(record, item);
    }
  }

  #add(record: InstanceRecord, item: CatalogueItem | undefined): void {
    const leftovers = this.#leftovers.get(record.id) ?? [];
    this.#leftovers.delete(record.id);
    const runner = new InstanceRunner(this.#around, { record, item }, leftovers);
    this.#runners.set(record.id, runner);
  }

  #remove(id: string, runner: InstanceRunner): void {
    this.#runners.delete(id);
    this.#around.runs.forget(id);
    this.#closeRunner(runner, 'the owner (deleted)', () => this.#around.status.delete(id));
  }

  #closeRunner(runner: InstanceRunner, askedBy: string, then: () => void = () => {}): void {
    const closing = runner.close(askedBy).then(then, (error: unknown) => {
      this.#around.log.error({ err: error, instanceId: runner.record.id }, 'not closed cleanly');
    });
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  #onItem(service: string, item: CatalogueItem | undefined): void {
    for (const runner of this.#runners.values()) {
      if (runner.record.service === service) runner.apply(runner.record, item);
    }
  }

  /** Leftovers of instances that were deleted while no supervisor ran: nobody will read them. */
  #settleStrangers(): void {
    const { log, heldDir: dir, sealer } = this.#around;
    for (const leftover of [...this.#leftovers.values()].flat()) {
      logLost(log, leftover);
      leftover.settle();
      new HeldFile({ dir, instanceId: leftover.instanceId, sealer }).delete();
    }
    this.#leftovers.clear();
  }

  /** States of instances that were deleted while no supervisor ran. */
  #clearStatuses(): void {
    for (const [id] of this.#registry.instance_status.entries()) {
      if (this.#registry.instances.get(id) === undefined) this.#around.status.delete(id);
    }
  }
}

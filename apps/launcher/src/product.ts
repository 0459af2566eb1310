/** Everything that runs, in the order in which it starts and the reverse in which it stops. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateMasterKey } from '@mcplog/access-control';
import { SystemLog } from '@mcplog/message-bus';
import { type Accounts, ADMIN_USERNAME, openAccounts } from './accounts.ts';
import {
  APP_NAMES,
  type AppPlan,
  type AppPlans,
  firstPasswordFile,
  planApps,
  programOf,
} from './app-plans.ts';
import { type Broker, startBroker } from './broker.ts';
import { DEMO_USERNAME, demoIsPending, hasDemo, makeDemo, planDemo } from './demo.ts';
import type { Folders } from './folders.ts';
import { claimPort } from './free-port.ts';
import { KeptProgram, type ProgramEvent } from './kept-program.ts';
import { endLeftover } from './leftovers.ts';
import { offerLocalAccess } from './local-access.ts';
import { type Awaited, untilReady } from './readiness.ts';
import type { Settings } from './settings.ts';
import { StartError, say } from './terminal.ts';

/** Who stops together, and how long they may take, milliseconds: below 10 s in all. */
const STOP_STAGES: readonly { readonly names: readonly string[]; readonly ms: number }[] = [
  { names: ['demo-traffic', 'dashboard'], ms: 1_000 },
  { names: ['stream-gateway', 'query-api', 'admin-api', 'maintenance-worker'], ms: 1_700 },
  { names: ['process-supervisor'], ms: 4_000 },
  { names: ['log-writer'], ms: 1_800 },
  { names: ['nats-server'], ms: 800 },
];

const SYSTEM_LOG_CLOSE_MS = 300;

export interface ProductPlace {
  readonly folders: Folders;
  /** Variables every app gets. */
  readonly inherited: Readonly<Record<string, string>>;
}

export class Product {
  readonly #settings: Settings;
  readonly #inherited: Readonly<Record<string, string>>;
  readonly #folders: Folders;
  readonly #programs: KeptProgram[] = [];
  readonly #stopping = new AbortController();
  /** What happened before there was a bus to tell it to. */
  readonly #untold: ProgramEvent[] = [];
  #systemLog: SystemLog | undefined;
  #broker: Broker | undefined;
  #accounts: Accounts | undefined;
  #stopLocalAccess = () => {};

  constructor(settings: Settings, { folders, inherited }: ProductPlace) {
    this.#settings = settings;
    this.#inherited = inherited;
    this.#folders = folders;
  }

  /** Resolves to the URL of the one origin when everything is ready. @throws StartError */
  async start(): Promise<string> {
    const port = await claimPort(this.#settings.port);
    if (this.#folders.fresh && this.#settings.demo) planDemo(this.#folders);
    await loadOrCreateMasterKey(join(this.#folders.data, 'master.key'));
    await this.#endLeftovers();
    say('starting nats-server …');
    const broker = await startBroker(this.#folders, {
      env: this.#inherited,
      onProgram: (program) => this.#programs.push(program),
      onEvent: (event) => this.#tell(event),
      onRefusal: ({ event, message, ...metadata }) => {
        this.#systemLog?.write('security', { level: 'warn', event, message, metadata });
      },
    });
    this.#broker = broker;
    this.#systemLog = new SystemLog(broker.bus);
    for (const event of this.#untold.splice(0)) this.#tell(event);
    const plans = await this.#plan(broker, port);
    await this.#startServices(plans);
    this.#accounts = await openAccounts(broker.bus);
    this.#showFirstPassword();
    await this.#startDemo(this.#accounts, plans);
    await this.#offerLocalAccess(this.#accounts, plans.url);
    return plans.url;
  }

  /** Stops all in order, each within its time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopLocalAccess();
    this.#accounts?.close();
    for (const { names, ms } of STOP_STAGES) {
      if (names.includes('log-writer')) await this.#systemLog?.close(SYSTEM_LOG_CLOSE_MS);
      if (names.includes('nats-server')) await this.#broker?.bus.close().catch(() => undefined);
      const stage = this.#programs.filter(({ plan }) => names.includes(plan.name));
      await Promise.all(stage.map((program) => program.stop(ms)));
    }
  }

  /** Ends all at once. */
  kill(): void {
    this.#stopping.abort();
    for (const program of this.#programs) program.kill();
  }

  #tell(told: ProgramEvent): void {
    if (this.#systemLog === undefined) {
      this.#untold.push(told);
      return;
    }
    const { level, event, message, program, pid } = told;
    this.#systemLog.write('pm2', { level, event, message, metadata: { program, pid } });
  }

  /**
   * After kill -9 of a launcher its apps end by themselves within 8 s. Two supervisors must not
   * work on one spool, so the old one's end is waited for.
   */
  async #endLeftovers(): Promise<void> {
    await Promise.all(
      APP_NAMES.map((name) =>
        endLeftover(this.#folders, { name, command: programOf(name), patienceMs: 10_000 }),
      ),
    );
  }

  #plan(broker: Broker, port: number): Promise<AppPlans> {
    return planApps({
      folders: this.#folders,
      broker,
      port,
      adminPassword: this.#settings.adminPassword,
      inherited: this.#inherited,
    });
  }

  async #startServices({ services, dashboard }: AppPlans): Promise<void> {
    const started = [...services, dashboard].map((plan) => this.#keep(plan));
    await untilReady(started, this.#stopping.signal);
  }

  #keep(plan: AppPlan): Awaited {
    if (this.#stopping.signal.aborted) throw new StartError('stopped while starting');
    say(`starting ${plan.name} …`);
    const program = new KeptProgram(plan, (event) => this.#tell(event));
    this.#programs.push(program);
    return { program, url: plan.url ?? '' };
  }

  async #startDemo(accounts: Accounts, plans: AppPlans): Promise<void> {
    if (!this.#settings.demo || this.#stopping.signal.aborted) return;
    if (demoIsPending(this.#folders)) {
      say('making the demo user with four MCP servers …');
      const password = await makeDemo(this.#folders, accounts, plans.url);
      say(`demo login: ${DEMO_USERNAME}   password: ${password}`);
    }
    if (hasDemo(this.#folders)) this.#keep(plans.demoTraffic);
  }

  #showFirstPassword(): void {
    const file = firstPasswordFile(this.#folders);
    if (existsSync(file)) {
      const password = readFileSync(file, 'utf8').trim();
      say('the first administrator, shown only this once:');
      say(`admin login: ${ADMIN_USERNAME}   password: ${password}`);
      rmSync(file);
    } else {
      say('admin login: admin (forgotten? npm start -- --reset-admin-password)');
    }
  }

  async #offerLocalAccess(accounts: Accounts, url: string): Promise<void> {
    const username = this.#settings.demo && hasDemo(this.#folders) ? DEMO_USERNAME : ADMIN_USERNAME;
    this.#stopLocalAccess = await offerLocalAccess(this.#folders, accounts, { url, username });
  }
}

/** Users, catalogue items and instances of one test, made through the fixed HTTP shapes. */
import { randomBytes } from 'node:crypto';
import type { CatalogueItem, InstanceView } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { type Product, productPath } from './product.ts';
import { logIn, type Session } from './session.ts';

const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js';
const NUMBERED = 'tools/load-generator/src/numbered-server.ts';
const RUNNING_MS = 30_000;

export interface Scene {
  readonly admin: Session;
  /** Logs in as a new user; the name gets a suffix, so that tests can share a product. */
  addUser(name: string): Promise<NewUser>;
  putItem(service: string, item: ItemFields): Promise<void>;
  /** Makes an instance and waits until it runs, unless another state is given. */
  addInstance(owner: Session, wanted: WantedInstance): Promise<string>;
  untilState(owner: Session, id: string, state: InstanceView['status']): Promise<InstanceView>;
}

export interface NewUser extends Session {
  readonly password: string;
}

export type ItemFields = Pick<CatalogueItem, 'command' | 'args'> & Partial<CatalogueItem>;

export interface WantedInstance {
  readonly service: string;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly until?: InstanceView['status'];
}

/** Catalogue items of the two servers that tests use. */
export const EVERYTHING_ITEM: ItemFields = {
  command: 'node',
  args: [productPath(EVERYTHING)],
  env: { API_TOKEN: { secret: true, required: false } },
};

export const NUMBERED_ITEM: ItemFields = {
  command: 'node',
  args: [productPath(NUMBERED)],
  env: {
    API_TOKEN: { secret: true, required: false },
    LINES_PER_SECOND: { secret: false, required: false },
    LINES_MAX: { secret: false, required: false },
    LINES_WITH_TIME: { secret: false, required: false },
    LEDGER: { secret: false, required: false },
  },
};

export async function openScene({ url, adminPassword }: Product): Promise<Scene> {
  const admin = await logIn(url, 'admin', adminPassword);
  const untilState: Scene['untilState'] = (owner, id, state) =>
    eventually(
      async () => {
        const view = await owner.call<InstanceView>('GET', `/api/v1/mcps/${id}`);
        if (view.status === state) return view;
        throw new Error(`${id} is ${view.status}: ${view.last_exit} ${view.last_error}`);
      },
      { timeoutMs: RUNNING_MS, intervalMs: 100 },
    );
  return {
    admin,
    untilState,
    addUser: async (name) => {
      const username = `${name}-${randomBytes(4).toString('hex')}`;
      const password = randomBytes(12).toString('hex');
      const made = { username, password, role: 'user' };
      await admin.call('POST', '/api/v1/admin/users', made);
      return { ...(await eventually(() => logIn(url, username, password))), password };
    },
    putItem: (service, item) => admin.call('PUT', `/api/v1/admin/catalogue/${service}`, item),
    addInstance: async (owner, { until = 'running', ...wanted }) => {
      // Another service may hear of a new catalogue item a moment later than this one.
      const { id } = await eventually(() =>
        owner.call<InstanceView>('POST', '/api/v1/mcps', wanted),
      );
      await untilState(owner, id, until);
      return id;
    },
  };
}

/**
 * What the demo user does with each kind of server. Failures are part of it: missing files,
 * unknown tools, wrong arguments, a call somebody thinks better of. What is written stays small
 * however long the demo runs.
 */
import type { Visit } from './visit.ts';

/** One small errand: a few calls in a row. */
export type Errand = (visit: Visit) => Promise<unknown>;

const WORDS = ['hello', 'good morning', 'is anybody there?', 'testing, testing', 'ünïcödé 🎈'];
const CITIES = ['New York', 'Chicago', 'Los Angeles'];
const PEOPLE = ['Ann', 'Ben', 'Cleo', 'Dora', 'Emil'];
const LIKES = ['likes coffee', 'likes tea', 'plays chess', 'rides a bicycle'];
const TOPICS = ['a log page people enjoy', 'a birthday cake', 'a route through the old town'];

const everything: readonly Errand[] = [
  (visit) => visit.call('echo', { message: pick(WORDS) }),
  (visit) => visit.call('get-sum', { a: below(100), b: below(100) }),
  (visit) => visit.call('get-structured-content', { location: pick(CITIES) }),
  (visit) =>
    visit.call('get-annotated-message', { messageType: pick(['success', 'debug', 'error']) }),
  (visit) => visit.call('get-resource-links', { count: 1 + below(5) }),
  (visit) => visit.call('get-tiny-image', {}),
  (visit) => visit.call('trigger-long-running-operation', { duration: 2 + below(4), steps: 4 }),
  (visit) => visit.call('trigger-long-running-operation', LONG, { cancelAfterMs: 2_500 }),
  (visit) => visit.call('get-sum', { a: 'one', b: 2 }),
  (visit) => visit.call('make-coffee', { sugar: true }),
];
const LONG = { duration: 20, steps: 10 };

const filesystem: readonly Errand[] = [
  async (visit) => {
    const folder = await folderOf(visit);
    await visit.call('list_directory', { path: folder });
    await visit.call('read_text_file', { path: `${folder}/${pick(['readme.md', 'orders.csv'])}` });
  },
  async (visit) => visit.call('read_text_file', { path: `${await folderOf(visit)}/lost-file.txt` }),
  async (visit) => visit.call('directory_tree', { path: await folderOf(visit) }),
  async (visit) => visit.call('search_files', { path: await folderOf(visit), pattern: '**/*.md' }),
  async (visit) => visit.call('get_file_info', { path: `${await folderOf(visit)}/orders.csv` }),
  async (visit) =>
    visit.call('write_file', {
      path: `${await folderOf(visit)}/notes/today.md`,
      content: `- looked at the orders, ${new Date().toISOString()}\n`,
    }),
  (visit) => visit.call('read_text_file', { path: '/somewhere/else/entirely.txt' }),
  (visit) => visit.call('shred_file', { path: 'everything' }),
];

const memory: readonly Errand[] = [
  async (visit) => {
    const name = pick(PEOPLE);
    const observations = [pick(LIKES)];
    await visit.call('create_entities', {
      entities: [{ name, entityType: 'person', observations }],
    });
    await visit.call('add_observations', {
      observations: [{ entityName: name, contents: [pick(LIKES)] }],
    });
  },
  (visit) =>
    visit.call('create_relations', {
      relations: [{ from: pick(PEOPLE), to: pick(PEOPLE), relationType: 'knows' }],
    }),
  (visit) => visit.call('search_nodes', { query: pick(['coffee', 'chess', 'Ann', 'spaceship']) }),
  (visit) => visit.call('open_nodes', { names: [pick(PEOPLE)] }),
  (visit) => visit.call('read_graph', {}),
  (visit) =>
    visit.call('add_observations', {
      observations: [{ entityName: 'Nobody', contents: ['was never here'] }],
    }),
  (visit) => visit.call('forget_everything', {}),
];

const sequentialThinking: readonly Errand[] = [
  async (visit) => {
    const topic = pick(TOPICS);
    const total = 2 + below(3);
    for (let number = 1; number <= total; number++) {
      await visit.call('sequentialthinking', {
        thought: `Thought ${number} of ${total} about ${topic}`,
        thoughtNumber: number,
        totalThoughts: total,
        nextThoughtNeeded: number < total,
      });
    }
  },
  (visit) => visit.call('sequentialthinking', { thought: 'A thought without a number' }),
];

const ERRANDS: Readonly<Record<string, readonly Errand[]>> = {
  everything,
  filesystem,
  memory,
  'sequential-thinking': sequentialThinking,
};

/** The errands for instances of this catalogue item; none for one the demo does not know. */
export function errandsFor(service: string): readonly Errand[] {
  return Object.hasOwn(ERRANDS, service) ? (ERRANDS[service] ?? []) : [];
}

export function pick<T>(choices: readonly T[]): T {
  return choices[below(choices.length)] as T;
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** The folder the server may open, from its own words: a heading, then one path a line. */
async function folderOf(visit: Visit): Promise<string> {
  const text = await visit.call('list_allowed_directories', {});
  return text?.split('\n').find((line) => line.startsWith('/')) ?? '/nowhere';
}

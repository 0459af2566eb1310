// node fresh.mjs <scene>: scored once, then left as it is.
import { createRequire } from 'node:module';
import { mark, say } from './mark.mjs';

const require = createRequire(import.meta.url);

function load(shelf, depth = 0) {
  if (depth < 6) return load(shelf, depth + 1);
  const error = new RangeError(`shelf ${shelf} holds 40 books`);
  error.shelf = { shelf, rows: ['top', 'middle'] };
  throw error;
}

function failed(shelf) {
  try {
    return load(shelf);
  } catch (error) {
    return new Error('loan refused', { cause: new Error('shelf is locked', { cause: error }) });
  }
}

const scenes = {
  stdio: () => {
    say('I', '📚 library-mcp ready (stdio)');
    say('I', 'tools: borrow, return');
    for (const shelf of [3, 4]) {
      mark('E');
      console.error(`borrow failed on shelf ${shelf}:`, failed(shelf));
      say('I', `request ${shelf} answered in ${shelf} ms`);
    }
    mark('I');
    console.error({
      open: true,
      shelves: [
        { id: 1, books: ['a', 'b'], keeper: { name: 'Ann', since: 1999 } },
        { id: 2, books: [], keeper: null },
      ],
      note: 'read on start, kept for an hour',
    });
    mark('E');
    console.error(failed(9).stack);
    say('D', 'debug: cache has 3 entries');
    say('I', 'bye');
  },
  uncaught: () => {
    say('I', 'opening shelves');
    mark('E');
    throw failed(5);
  },
  'unhandled-plain': () => {
    say('I', 'opening shelves');
    mark('E');
    void Promise.reject('the door is shut');
  },
  'type-error': () => {
    say('I', '2026-11-23T06:00:00.000Z [info] opening shelves');
    mark('E');
    [].at(0).title.trim();
  },
  pino: () => {
    const log = require('pino')(
      { name: 'library', level: 'debug' },
      require('pino').destination({ fd: 2, sync: true }),
    );
    mark('I');
    log.info('open');
    mark('E');
    log.error({ err: failed(1), shelf: 1 }, 'loan refused');
    mark('E');
    console.error(failed(1));
    mark('D');
    log.debug('2 errors today');
  },
};

await scenes[process.argv[2]]();

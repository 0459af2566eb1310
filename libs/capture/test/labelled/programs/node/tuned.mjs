// node tuned.mjs <scene>: each scene prints what a server prints in one bad moment.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { mark, say } from './mark.mjs';

const require = createRequire(import.meta.url);

function loadIndex() {
  return readFileSync('/srv/data/index.json', 'utf8');
}

function refused() {
  const low = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
    code: 'ECONNREFUSED',
    port: 5432,
  });
  return new Error('could not reach the catalogue', { cause: low });
}

const scenes = {
  'console-mix': () => {
    say('I', 'Catalogue server running on stdio');
    say('I', 'Loaded 14 tools, 0 errors');
    mark('E');
    console.error('Failed to open index:', captured(loadIndex));
    say('I', 'Falling back to an empty index');
    mark('E');
    console.error(refused());
    say('W', 'Warning: cache is cold');
    say('I', '[catalogue] ready for requests');
    mark('I');
    console.error('Received request:', {
      id: 3,
      params: {
        name: 'search',
        arguments: { q: 'a', limit: 10, tags: ['x', 'y', 'z'], page: { size: 20, at: 3 } },
      },
    });
    say('I', 'Request 3 done in 12 ms');
    mark('E');
    console.error(
      new AggregateError(
        [new Error('mirror one'), new TypeError('mirror two')],
        'no mirror answered',
      ),
    );
    say('I', 'Shutting down gracefully');
  },
  uncaught: () => {
    say('I', 'Server started');
    say('I', 'Listening for messages');
    mark('E');
    throw refused();
  },
  'uncaught-props': () => {
    say('I', 'info: boot sequence 1 of 2');
    mark('E');
    loadIndex();
  },
  'reject-value': () => {
    say('I', 'starting');
    mark('E');
    void Promise.reject({ code: 7, reason: 'no value' });
  },
  'reject-error': () => {
    say('I', 'starting worker');
    mark('E');
    void Promise.reject(new RangeError('offset 9 is out of bounds'));
  },
  aggregate: () => {
    say('I', 'trying 2 hosts');
    mark('E');
    throw new AggregateError([refused(), new Error('host b: timeout')], 'all hosts failed');
  },
  assertion: () => {
    say('I', 'self check');
    mark('E');
    assert.deepStrictEqual({ a: 1, list: [1, 2] }, { a: 1, list: [1, 3] });
  },
  'deep-stack': () => {
    say('I', 'walking the tree');
    const walk = (n) => walk(n + 1) + 1;
    mark('E');
    walk(0);
  },
  'syntax-error': () => {
    say('I', 'loading plugins');
    mark('E');
    const broken = "module.exports = { name: 'broken', tools: [1, 2\n";
    writeFileSync(join(import.meta.dirname, 'plugins/broken.cjs'), broken);
    child(['plugins/broken.cjs']);
    say('I', 'plugins: 0 loaded, 1 failed');
  },
  'missing-import': () => {
    say('I', 'loading plugins');
    mark('E');
    child(['plugins/missing.mjs']);
    mark('E');
    child(['plugins/missing.cjs']);
    mark('E');
    child(['no-such-file.mjs']);
  },
  'out-of-memory': () => {
    say('I', 'building the cache');
    mark('E');
    child(['--max-old-space-size=20', 'plugins/hungry.cjs']);
    say('I', 'cache worker ended');
  },
  warnings: async () => {
    say('I', 'Server listening');
    mark('W');
    process.emitWarning('the option "lazy" goes away', 'DeprecationWarning', 'SRV001');
    await new Promise((done) => setImmediate(done));
    mark('W');
    process.emitWarning('heap is getting full', { type: 'MemoryWarning', detail: 'see the docs' });
    await new Promise((done) => setImmediate(done));
    mark('W');
    for (let i = 0; i < 12; i++) process.on('message', () => {});
    await new Promise((done) => setImmediate(done));
    say('I', 'Client connected');
    process.disconnect?.();
  },
  pino: () => {
    const pino = require('pino');
    const log = pino({ name: 'catalogue' }, pino.destination({ fd: 2, sync: true }));
    mark('I');
    log.info({ port: 8080 }, 'listening');
    mark('W');
    log.warn('cache is cold');
    mark('E');
    log.error(refused(), 'lookup failed');
    mark('D');
    log.level = 'debug';
    log.debug('retrying in 100 ms');
    mark('E');
    log.fatal('giving up');
    mark('I');
    log.info('error count is 0');
    mark('E');
    console.error(refused());
    mark('I');
    log.info({ err: null }, 'back to normal');
  },
  'pino-pretty': () => {
    const pino = require('pino');
    const pretty = require('pino-pretty');
    const log = pino(
      { name: 'catalogue', level: 'trace' },
      pretty({ destination: 2, sync: true, colorize: true }),
    );
    mark('I');
    log.info('listening on 8080');
    mark('I');
    log.info({ tool: 'search', took: 12, page: { at: 1 } }, 'tool called');
    mark('E');
    log.error(refused(), 'lookup failed');
    mark('D');
    log.trace('leaving');
    mark('W');
    log.warn({ retries: 3 }, 'slow answer');
    mark('I');
    log.info('done');
  },
  winston: () => {
    const winston = require('winston');
    const { combine, timestamp, printf, colorize, errors, json, simple } = winston.format;
    const to = (format) =>
      winston.createLogger({
        level: 'silly',
        format,
        transports: [
          new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) }),
        ],
      });
    const lines = to(
      combine(
        errors({ stack: true }),
        timestamp(),
        printf((i) => `${i.timestamp} [${i.level.toUpperCase()}]: ${i.stack ?? i.message}`),
      ),
    );
    const plain = to(combine(colorize(), simple()));
    const objects = to(combine(errors({ stack: true }), timestamp(), json()));
    for (const log of [lines, plain, objects]) {
      mark('I');
      log.info('catalogue is open');
      mark('I');
      log.http('GET is answered elsewhere');
      mark('D');
      log.verbose('looking at 3 folders');
      mark('D');
      log.silly('tick');
      mark('W');
      log.warn('2 folders are empty');
      mark('E');
      log.error(refused());
      mark('I');
      log.info('no errors since');
    }
  },
  bunyan: () => {
    const log = require('bunyan').createLogger({
      name: 'catalogue',
      stream: process.stderr,
      level: 'trace',
    });
    mark('I');
    log.info('opening');
    mark('W');
    log.warn({ free: 12 }, 'little room left');
    mark('E');
    log.error({ err: refused() }, 'lookup failed');
    mark('D');
    log.trace('in');
    mark('E');
    log.fatal('no room');
  },
  debug: () => {
    const debug = require('debug');
    debug.enable('*');
    const log = debug('catalogue:http');
    mark('I');
    log('opening %d sockets', 3);
    mark('I');
    log('an error page was served');
    mark('I');
    log('state %O', {
      open: [1, 2, 3],
      closed: { a: 'first socket', b: 'second socket', c: 'third socket' },
      waiting: 'none at all',
    });
    say('I', 'plain line after it');
  },
  'log4js-consola': () => {
    const log4js = require('log4js');
    log4js.configure({
      appenders: { err: { type: 'stderr', layout: { type: 'basic' } } },
      categories: { default: { appenders: ['err'], level: 'trace' } },
    });
    const log = log4js.getLogger('catalogue');
    mark('I');
    log.info('opening');
    mark('W');
    log.warn('slow disk');
    mark('E');
    log.error('lookup failed', refused());
    mark('D');
    log.debug('closing');
    mark('E');
    log.fatal('cannot close');
    const { Signale } = require('signale');
    const sign = new Signale({ stream: process.stderr, scope: 'catalogue' });
    mark('I');
    sign.info('opening');
    mark('W');
    sign.warn('slow disk');
    mark('E');
    sign.error(refused());
    mark('I');
    sign.success('closed');
  },
  'trace-and-table': () => {
    say('I', 'diagnostics follow');
    mark('I');
    console.error(
      inspect(
        new Map([
          ['alpha', { id: 1, name: 'a longer name', tags: ['one', 'two'] }],
          ['beta', { id: 2, name: 'another long name', tags: [] }],
        ]),
        { breakLength: 60 },
      ),
    );
    say('I', JSON.stringify({ tools: ['a', 'b'], limits: { rows: 100 } }, null, 2));
    mark('E');
    console.error(
      `Error: query failed:\nselect *\nfrom missing_table\n    at run (/srv/app/query.js:4:9)\n    at main (/srv/app/index.js:10:3)`,
    );
    say('I', 'query log:\n  select 1\n  select 2');
    say('I', 'diagnostics end');
  },
};

function captured(task) {
  try {
    return task();
  } catch (error) {
    return error;
  }
}

function child(args) {
  spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2], cwd: import.meta.dirname });
}

await scenes[process.argv[2]]();

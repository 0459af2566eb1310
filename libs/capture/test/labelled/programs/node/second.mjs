// node second.mjs <scene>: looked at once, after the first score.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { mark, say } from './mark.mjs';

const require = createRequire(import.meta.url);

class BookingError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = 'BookingError';
    this.room = options?.room ?? 12;
    this.guests = ['Ann', 'Bob'];
  }
}

class Desk {
  #open = false;

  async book(room) {
    if (!this.#open) return await this.#refuse(room);
  }

  async #refuse(room) {
    await null;
    const inner = new RangeError(`room ${room} of 9`);
    const middle = new BookingError('no such room', { cause: inner, room });
    throw new Error('booking failed\nplease call the desk', { cause: middle });
  }
}

async function failure() {
  return await new Desk().book(17).catch((error) => error);
}

const scenes = {
  handled: async () => {
    say('I', 'hotel-mcp 2.1.0 (stdio)');
    say('I', 'Error handling is enabled');
    mark('E');
    console.error(await failure());
    say('D', 'DEBUG: 3 rooms left');
    mark('E');
    console.error('[hotel] booking failed:', await failure());
    mark('E');
    console.error(`Uncaught exception: ${(await failure()).cause.stack}`);
    say('I', 'session closed: 1 request, 1 failed');
    mark('I');
    console.error([
      {
        room: 1,
        guests: [
          { name: 'Ann', nights: 3 },
          { name: 'Bob', nights: 1 },
        ],
        note: 'late arrival, please keep the key',
      },
      { room: 2, guests: [], note: 'empty' },
    ]);
    mark('D');
    console.trace('who called');
    say('I', 'ok');
  },
  'uncaught-three': async () => {
    say('I', '[hotel] opening the desk');
    mark('E');
    throw await failure();
  },
  'nested-aggregate': async () => {
    say('I', '[hotel] opening two desks');
    const all = new AggregateError(
      [await failure(), new AggregateError([new TypeError('x is not a desk')], 'inner desks')],
      'no desk opened',
    );
    mark('E');
    throw new BookingError('hotel is closed', { cause: all });
  },
  'reject-nothing': () => {
    say('I', 'waiting');
    mark('E');
    void Promise.reject(undefined);
  },
  'bad-json': () => {
    say('I', 'reading rooms.json');
    mark('E');
    JSON.parse('{"rooms": [1, 2,, 3]}');
  },
  'no-export': () => {
    say('I', 'loading desks');
    mark('E');
    run(['plugins/no-export.mjs']);
    mark('E');
    run(['plugins/unknown.desk']);
    mark('E');
    run(['--input-type=module', '-e', 'await import("./plugins/broken.cjs")']);
    mark('E');
    run(['--bad-option']);
    say('I', 'no desk was loaded');
  },
  worker: async () => {
    say('I', 'starting the night clerk');
    mark('E');
    const clerk = new Worker('throw new TypeError("clerk is asleep")', { eval: true });
    await new Promise((done) =>
      clerk.once('exit', done).once('error', (error) => console.error('clerk failed', error)),
    );
    say('I', 'the night clerk left');
  },
  'assert-lines': () => {
    say('I', 'self test');
    mark('E');
    assert.equal('one\ntwo\nthree', 'one\n2\nthree');
  },
  'trace-warnings': () => {
    say('I', 'opening');
    mark('W');
    run([
      '--trace-warnings',
      '-e',
      'require("node:events").defaultMaxListeners = 1; process.on("x", () => {}); process.on("x", () => {}); process.on("x", () => {})',
    ]);
    mark('W');
    run(['--trace-deprecation', '-e', 'new Buffer(3)']);
    mark('W');
    run(['-e', 'require("punycode")']);
    say('I', 'opened');
  },
  'out-of-memory': () => {
    say('I', '[hotel] counting guests');
    mark('E');
    run(['--max-old-space-size=16', '-e', 'let a = []; for (;;) a = [a, "guest".repeat(9), {}]']);
    say('I', '[hotel] counting ended');
  },
  loggers: async () => {
    const winston = require('winston');
    const { combine, label, printf, splat, timestamp, errors } = winston.format;
    const win = winston.createLogger({
      level: 'debug',
      format: combine(
        errors({ stack: true }),
        label({ label: 'desk' }),
        splat(),
        timestamp({ format: 'YYYY-MM-DD HH:mm:ss' }),
        printf((i) => `${i.timestamp} ${i.level}: [${i.label}] ${i.stack ?? i.message}`),
      ),
      transports: [
        new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }),
      ],
    });
    mark('I');
    win.info('desk %d of %d is open', 1, 2);
    mark('W');
    win.warn('one guest is late');
    mark('E');
    win.error((await failure()).cause);
    mark('D');
    win.debug('error rate 0.0');
    const pino = require('pino')(
      {
        base: undefined,
        timestamp: () => `,"time":"${new Date(0).toISOString()}"`,
        formatters: { level: (level) => ({ level }) },
      },
      require('pino').destination({ fd: 2, sync: true }),
    );
    mark('I');
    pino.info({ rooms: 3 }, 'open');
    mark('E');
    pino.error({ err: await failure() }, 'booking failed');
    const log4js = require('log4js');
    log4js.configure({
      appenders: {
        err: { type: 'stderr', layout: { type: 'pattern', pattern: '%d{ISO8601} %p [%c] %m' } },
      },
      categories: { default: { appenders: ['err'], level: 'trace' } },
    });
    mark('W');
    log4js.getLogger('desk').warn('key is missing');
    mark('E');
    log4js.getLogger('desk').error(await failure());
    const { createConsola } = await import('consola');
    const desk = createConsola({ fancy: false, stdout: process.stderr, stderr: process.stderr });
    mark('I');
    desk.info('desk opened');
    mark('W');
    desk.warn('late');
    mark('E');
    desk.error(new RangeError('room 17'));
    mark('I');
    desk.success('closed');
  },
};

function run(args) {
  spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2], cwd: import.meta.dirname });
}

await scenes[process.argv[2]]();

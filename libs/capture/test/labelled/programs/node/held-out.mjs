// node held-out.mjs <scene>: nothing here was looked at while the grouping was made.
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { mark, say } from './mark.mjs';

const require = createRequire(import.meta.url);

class StationError extends Error {
  name = 'StationError';
}

function measure(depth) {
  if (depth > 4)
    throw new StationError('sensor 4 is silent', {
      cause: new Error('no signal for 30 s', { cause: 'cable' }),
    });
  return measure(depth + 1);
}

function silent() {
  try {
    return measure(0);
  } catch (error) {
    return Object.assign(error, { station: { id: 7, place: 'hill' }, retry: false });
  }
}

const scenes = {
  server: () => {
    say('I', 'weather-mcp v3.0.1 listening on stdio');
    say('I', 'stations: 12 ok, 0 failed');
    mark('E');
    console.error('Tool call failed', silent());
    say('I', '-> tools/call forecast');
    say('I', '<- tools/call forecast (31 ms)');
    mark('E');
    console.error(silent().stack);
    say('W', '[WARN] station 9 answers slowly');
    mark('I');
    console.error('forecast =', {
      days: [
        { day: 1, rain: 0.2, wind: { speed: 12, from: 'north-west' } },
        { day: 2, rain: 0, wind: { speed: 3, from: 'south' } },
      ],
    });
    mark('E');
    console.error(new TypeError('degrees is not a function'));
    say('I', 'closing');
  },
  crash: () => {
    say('I', 'starting stations');
    mark('E');
    null.forecast();
  },
  'crash-cause': () => {
    say('I', 'starting stations');
    mark('E');
    throw silent();
  },
  'throw-object': () => {
    say('I', 'starting stations');
    mark('E');
    throw { station: 7 };
  },
  'any-failed': async () => {
    say('I', 'asking 3 stations');
    mark('E');
    await Promise.any([Promise.reject(silent()), Promise.reject(new RangeError('-400 degrees'))]);
  },
  loggers: () => {
    const winston = require('winston');
    const { format } = winston;
    const log = winston.createLogger({
      format: format.combine(
        format.errors({ stack: true }),
        format.cli({ all: true }),
        format.printf((i) => `${i.level} ${i.stack ?? i.message}`),
      ),
      transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info'] })],
    });
    mark('I');
    log.info('measuring');
    mark('W');
    log.warn('battery at 5 %');
    mark('E');
    log.error(silent());
    const pretty = require('pino-pretty')({
      destination: 2,
      sync: true,
      colorize: false,
      translateTime: 'SYS:standard',
      singleLine: false,
    });
    const pino = require('pino')({ name: 'weather' }, pretty);
    mark('I');
    pino.info({ rain: [1, 2] }, 'error margin 3 %');
    mark('E');
    pino.error(silent(), 'no forecast');
    mark('W');
    pino.warn('battery');
    say(
      'I',
      inspect({ stations: Array.from({ length: 9 }, (_, id) => ({ id, place: `hill ${id}` })) }),
    );
    say('I', 'done');
  },
};

await scenes[process.argv[2]]();

/** The service's own log: JSON lines on stdout, and a local emergency file when one is given. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DestinationStream, destination, type Logger, multistream, pino } from 'pino';
import openRollingFile from 'pino-roll';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface EmergencyFile extends DestinationStream {
  /** Writes what is buffered and closes the file. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  readonly app: string;
  readonly level?: LogLevel;
  readonly file?: EmergencyFile;
  /** In place of stdout, for tests. */
  readonly to?: DestinationStream;
}

const SECRET_KEYS = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  'password',
  'passwordHash',
  'token',
  'otp',
  'ticket',
  'secret',
];

/** pino has no "any depth": each key is named at the depths where our own code logs objects. */
const REDACTED_PATHS = ['', '*', '*.*', '*.*.*'].flatMap((parent) =>
  SECRET_KEYS.map((key) =>
    parent === '' || key.startsWith('[') ? parent + key : `${parent}.${key}`,
  ),
);

/** Lines are written before the call returns, so the last words of a dying process are kept. */
export function createLogger({ app, level = 'info', file, to }: LoggerOptions): Logger {
  const stdout = to ?? destination({ dest: 1, sync: true });
  const streams = file ? [{ stream: stdout }, { stream: file }] : [{ stream: stdout }];
  return pino(
    {
      level,
      base: { app, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    multistream(streams.map(({ stream }) => ({ stream, level: 'trace' as const }))),
  );
}

export interface EmergencyFileOptions {
  readonly dir: string;
  readonly app: string;
  /** Default 10 MB; a new file is begun above it and at midnight. */
  readonly megabytesMax?: number;
  /** Older files kept beside the current one, default 5. */
  readonly filesKept?: number;
}

/**
 * `<dir>/<app>.<n>.log`, for the time when nobody collects stdout. The directory is made first and
 * no symlink is asked for: pino-roll 4.0.0 crashed 3 of 10 starts when it did both itself.
 */
export async function openEmergencyFile(options: EmergencyFileOptions): Promise<EmergencyFile> {
  const { dir, app, megabytesMax = 10, filesKept = 5 } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const stream = await openRollingFile({
    file: join(dir, app),
    extension: '.log',
    frequency: 'daily',
    size: `${megabytesMax}m`,
    limit: { count: filesKept, removeOtherLogFiles: true },
    mkdir: false,
    sync: true,
  });
  // A full disk must not end the service whose trouble the file was to record.
  stream.on('error', () => undefined);
  return { write: (text) => void stream.write(text), close: () => closeStream(stream) };
}

function closeStream(stream: {
  end(): void;
  once(e: 'close', f: () => void): void;
}): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.end();
  });
}

import { parseArgs } from 'node:util';
import type { FlagValue } from './settings.ts';

export const HELP = `mcplog: runs, watches and logs MCP servers for many users

  npm start -- [flags]

  --port N                 port on 127.0.0.1 (MCPLOG_PORT, default 7070; 0 takes a free one)
  --logs DIR               folder of the log files (MCPLOG_LOG_DIR, default ./logs)
  --data DIR               folder of keys, bus and accounts (MCPLOG_DATA_DIR, default ./data)
  --no-demo                no demo user and no demo traffic (MCPLOG_DEMO=false)
  --reset-admin-password   give "admin" a new password, show it, and end; works whether mcplog
                           runs or not (MCPLOG_ADMIN_PASSWORD chooses the password)
  --help                   this text
`;

/** What the user asked for. `flags` are settings by the name of their variable. */
export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problem: string }
  | {
      readonly kind: 'run' | 'reset-admin-password';
      readonly flags: Readonly<Record<string, FlagValue>>;
    };

const FLAGS = {
  port: { type: 'string' },
  logs: { type: 'string' },
  data: { type: 'string' },
  'no-demo': { type: 'boolean' },
  'reset-admin-password': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: false });
    if (values.help) return { kind: 'help' };
    const kind = values['reset-admin-password'] ? 'reset-admin-password' : 'run';
    return { kind, flags: flagValues(values) };
  } catch (error) {
    return { kind: 'refused', problem: (error as Error).message };
  }
}

interface Given {
  readonly port?: string | undefined;
  readonly logs?: string | undefined;
  readonly data?: string | undefined;
  readonly 'no-demo'?: boolean | undefined;
}

function flagValues(given: Given): Record<string, FlagValue> {
  const flags: Record<string, FlagValue> = {};
  const take = (env: string, flag: string, value: string | undefined) => {
    // An empty variable counts as not set; an empty flag is a mistake and must be refused.
    if (value === '') throw new Error(`${flag} needs a value`);
    if (value !== undefined) flags[env] = { flag, value };
  };
  take('MCPLOG_PORT', '--port', given.port);
  take('MCPLOG_LOG_DIR', '--logs', given.logs);
  take('MCPLOG_DATA_DIR', '--data', given.data);
  take('MCPLOG_DEMO', '--no-demo', given['no-demo'] ? 'false' : undefined);
  return flags;
}

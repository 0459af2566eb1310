import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ROOT } from '../access.ts';

interface UpFlags {
  readonly port?: string;
  readonly logs?: string;
  readonly data?: string;
  readonly demo: boolean;
}

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('start mcplog on this machine; the same as "npm start" in the repository')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one (MCPLOG_PORT)')
    .option('--logs <dir>', 'folder of the log files (MCPLOG_LOG_DIR)')
    .option('--data <dir>', 'folder of keys, bus and accounts (MCPLOG_DATA_DIR)')
    .option('--no-demo', 'no demo user and no demo traffic')
    .addHelpText('after', '\nExample:\n  mcplog up --port 7071 --data ./data --no-demo')
    .action(runUp);
}

async function runUp(flags: UpFlags): Promise<void> {
  const folder = (flag: string, dir?: string) => (dir === undefined ? [] : [flag, resolve(dir)]);
  const args = [
    ...(flags.port === undefined ? [] : ['--port', flags.port]),
    ...folder('--logs', flags.logs),
    ...folder('--data', flags.data),
    ...(flags.demo ? [] : ['--no-demo']),
  ];
  const script = join(ROOT, 'tools', 'setup', 'src', 'start.mjs');
  // The launcher's own default folders lie in the repository, wherever this is called.
  const product = spawn(process.execPath, [script, ...args], { stdio: 'inherit', cwd: ROOT });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => product.kill(signal));
  }
  process.exitCode = await new Promise<number>((resolve, reject) => {
    product.once('error', reject);
    product.once('exit', (code) => resolve(code ?? 1));
  });
}

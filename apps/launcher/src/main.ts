/** `npm start`: the whole product on one machine. */
import { SettingsError } from '@mcplog/service-host';
import { type CommandLine, HELP, readCommandLine } from './command-line.ts';
import { takeDataLock } from './data-lock.ts';
import { openFolders } from './folders.ts';
import { Product } from './product.ts';
import { runPasswordReset } from './reset-password.ts';
import { inheritedEnv, loadSettings, type Settings } from './settings.ts';
import { StartError, say, warn } from './terminal.ts';

const REFUSED = 2;

async function main(commandLine: CommandLine): Promise<number> {
  if (commandLine.kind === 'refused') return refuse(`${commandLine.problem}\n\n${HELP}`);
  if (commandLine.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const settings = loadSettings(commandLine.flags);
    if (commandLine.kind === 'run') return await run(settings);
    await runPasswordReset(settings, inheritedEnv());
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) return refuse(error.message);
    warn(error instanceof StartError ? error.message : String((error as Error).stack));
    return 1;
  }
}

async function run(settings: Settings): Promise<number> {
  const folders = openFolders(settings.dataDir, settings.logDir);
  const lock = takeDataLock(folders.data);
  const product = new Product(settings, { folders, inherited: inheritedEnv() });
  const askedToStop = onSignals(product);
  try {
    const url = await Promise.race([product.start(), askedToStop]);
    if (url !== undefined) process.stdout.write(`mcplog ready: ${url}\n`);
    await askedToStop;
    return 0;
  } finally {
    await product.stop();
    lock.release();
  }
}

/** Resolves at the first request to stop; the second ends everything at once. */
function onSignals(product: Product): Promise<undefined> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) {
          product.kill();
          process.exit(130);
        }
        asked = true;
        say('stopping …');
        resolve(undefined);
      });
    }
  });
}

function refuse(problem: string): number {
  warn(problem);
  return REFUSED;
}

// A terminal that was closed must not end the product in the middle of its stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exit(await main(readCommandLine(process.argv.slice(2))));

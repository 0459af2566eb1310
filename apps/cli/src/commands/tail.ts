import type { Command } from 'commander';
import { type AccessFlags, findAccess } from '../access.ts';
import { addFilterOptions, type FilterFlags } from '../filter-options.ts';
import { loadSettings } from '../settings.ts';
import { printable } from '../terminal.ts';
import { addAccessOptions, print, stdoutPalette } from './command-context.ts';

interface TailFlags extends FilterFlags, AccessFlags {
  readonly json?: boolean;
}

const HELP = `
Begins with now. After a lost connection it continues where it was; what the platform could not
keep up with is told as a gap. Ctrl-C ends it with status 0.

Examples:
  mcplog tail my-github
  mcplog tail my-github --min-level error --json | jq .message`;

export function addTailCommand(program: Command): void {
  const command = program
    .command('tail')
    .description("follow an instance's logs")
    .argument('<instance>', 'id or unique name')
    .option('--search <text>', 'only entries with this text')
    .option('--json', 'raw JSON, one entry to a line; gaps go to stderr')
    .addHelpText('after', HELP);
  addAccessOptions(addFilterOptions(command)).action(runTail);
}

async function runTail(instance: string, flags: TailFlags): Promise<void> {
  const { readFilters } = await import('../read-filters.ts');
  const filters = readFilters(flags);
  const { ApiClient } = await import('../api-client.ts');
  const { findInstance } = await import('../instance-lookup.ts');
  const { followLogs } = await import('../live-tail.ts');
  const { entryLine } = await import('../entry-line.ts');
  const access = findAccess(loadSettings(), flags);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort());
  }
  const { id } = await findInstance(new ApiClient(access), instance);
  const palette = stdoutPalette();
  await followLogs({
    url: access.url,
    // Asked anew for each connection: a login or a renewed session in between counts.
    token: () => findAccess(loadSettings(), flags).token,
    instanceId: id,
    filters,
    signal: stop.signal,
    onEntries: (entries) => {
      const lines = entries.map((entry) =>
        flags.json ? `${JSON.stringify(entry)}\n` : entryLine(entry, palette),
      );
      return print(lines.join(''));
    },
    onGap: ({ count, reason }) => {
      process.stderr.write(`mcplog: gap: ${count} entries not shown: ${printable(reason)}\n`);
    },
    onState: (words) => process.stderr.write(`mcplog: ${printable(words)}\n`),
  });
}

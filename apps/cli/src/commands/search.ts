import type { Command } from 'commander';
import type { AccessFlags } from '../access.ts';
import { usageError } from '../errors.ts';
import { addFilterOptions, type FilterFlags } from '../filter-options.ts';
import {
  addAccessOptions,
  openApi,
  print,
  readWholeNumber,
  stdoutPalette,
} from './command-context.ts';

interface SearchFlags extends FilterFlags, AccessFlags {
  readonly limit: string;
  readonly order: string;
  readonly json?: boolean;
}

const LIMIT_MAX = 1_000_000;
const HELP = `
Text is looked for in messages and metadata, capitals or not. Newest entries come first.

Examples:
  mcplog search my-github timeout --since 2h
  mcplog search my-github --min-level warn --limit 1000 --json | jq .message
  mcplog search my-github --regex 'ECONN(RESET|REFUSED)' --meta mcp.method.name=tools/call`;

export function addSearchCommand(program: Command): void {
  const command = program
    .command('search')
    .description("search an instance's logs")
    .argument('<instance>', 'id or unique name')
    .argument('[text]', 'text to look for')
    .option('--limit <n>', 'at most so many entries', '100')
    .option('--order <order>', 'desc: newest first, asc: oldest first', 'desc')
    .option('--json', 'raw JSON, one entry to a line')
    .addHelpText('after', HELP);
  addAccessOptions(addFilterOptions(command)).action(runSearch);
}

async function runSearch(
  instance: string,
  text: string | undefined,
  flags: SearchFlags,
): Promise<void> {
  const { readFilters } = await import('../read-filters.ts');
  const filters = readFilters({ ...flags, ...(text !== undefined && { search: text }) });
  const limit = readWholeNumber('--limit', flags.limit, { min: 1, max: LIMIT_MAX });
  const { order } = flags;
  if (order !== 'asc' && order !== 'desc') {
    throw usageError(`--order ${order}: accepted are asc and desc`);
  }
  const { findInstance } = await import('../instance-lookup.ts');
  const { searchPages } = await import('../search-pages.ts');
  const { entryLine } = await import('../entry-line.ts');
  const api = await openApi(flags);
  const { id } = await findInstance(api, instance);
  const palette = stdoutPalette();
  for await (const page of searchPages(api, { instanceId: id, filters, order, limit })) {
    const lines = page.map((entry) =>
      flags.json ? `${JSON.stringify(entry)}\n` : entryLine(entry, palette),
    );
    await print(lines.join(''));
  }
}

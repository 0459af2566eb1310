import type { Command } from 'commander';
import type { AccessFlags } from '../access.ts';
import { usageError } from '../errors.ts';
import { addFilterOptions, type FilterFlags } from '../filter-options.ts';
import { addAccessOptions, openApi } from './command-context.ts';

interface ExportFlags extends FilterFlags, AccessFlags {
  readonly format: string;
  readonly output?: string;
  readonly compress?: boolean;
}

const FORMATS = ['json', 'csv', 'txt', 'zip'] as const;
const HELP = `
The file appears under its name when it is complete, never half.

Examples:
  mcplog export my-github --format zip
  mcplog export my-github --format csv --since 7d --output week.csv
  mcplog export my-github --format json --output - | jq length`;

export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .description("download an instance's logs")
    .argument('<instance>', 'id or unique name')
    .requiredOption('--format <format>', FORMATS.join(', '))
    .option('--output <file>', 'where to; - is stdout; default: a new file with a telling name')
    .option('--search <text>', 'only entries with this text')
    .option('--compress', 'gzip (a zip is compressed anyway)')
    .addHelpText('after', HELP);
  addAccessOptions(addFilterOptions(command)).action(runExport);
}

async function runExport(instance: string, flags: ExportFlags): Promise<void> {
  const format = FORMATS.find((each) => each === flags.format);
  if (format === undefined) {
    throw usageError(`--format ${flags.format}: accepted are ${FORMATS.join(', ')}`);
  }
  const { readFilters } = await import('../read-filters.ts');
  const filters = readFilters(flags);
  const { findInstance } = await import('../instance-lookup.ts');
  const { download } = await import('../download.ts');
  const api = await openApi(flags);
  const { id } = await findInstance(api, instance);
  const body = { format, filters, compression: flags.compress === true && format !== 'zip' };
  await download(api, {
    path: `/api/v1/mcps/${id}/logs/export`,
    body,
    output: flags.output,
    fallbackName: `${id}.${format}${body.compression ? '.gz' : ''}`,
  });
}

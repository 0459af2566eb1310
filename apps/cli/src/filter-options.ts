/** The filters that search, tail and export have in common. */
import { ENTRY_TYPES, LEVELS, LOG_FILES } from '@mcplog/log-entry';
import type { Command } from 'commander';
import { WHEN_FORM } from './when.ts';

export interface FilterFlags {
  readonly search?: string;
  readonly regex?: string;
  readonly level?: string;
  readonly minLevel?: string;
  readonly since?: string;
  readonly until?: string;
  readonly type?: string;
  readonly file?: string;
  readonly meta?: readonly string[];
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--regex <expression>', 'only messages that match (RE2 syntax)')
    .option('--level <levels>', `only these levels, a comma list of ${LEVELS.join(', ')}`)
    .option('--min-level <level>', 'only this level and above')
    .option('--since <when>', WHEN_FORM)
    .option('--until <when>', 'likewise')
    .option('--type <types>', `only these origins, a comma list of ${ENTRY_TYPES.join(', ')}`)
    .option('--file <file>', `only one of ${LOG_FILES.join(', ')}`)
    .option('--meta <key=value>', 'only entries with this metadata; may be repeated', collect);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

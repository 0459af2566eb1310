import type { Command } from 'commander';
import type { AccessFlags } from '../access.ts';
import { columns, printable } from '../terminal.ts';
import { addAccessOptions, openApi, print } from './command-context.ts';

interface InstancesFlags extends AccessFlags {
  readonly json?: boolean;
}

export function addInstancesCommand(program: Command): void {
  const command = program
    .command('instances')
    .description('list your instances')
    .option('--json', 'one JSON object to a line')
    .addHelpText('after', "\nExample:\n  mcplog instances --json | jq -r '.id'");
  addAccessOptions(command).action(runInstances);
}

async function runInstances(flags: InstancesFlags): Promise<void> {
  const { listInstances } = await import('../instance-lookup.ts');
  const instances = await listInstances(await openApi(flags));
  if (flags.json) {
    await print(instances.map((instance) => `${JSON.stringify(instance)}\n`).join(''));
    return;
  }
  if (instances.length === 0) {
    process.stderr.write('you have no instances yet\n');
    return;
  }
  const rows = instances.map(({ id, name, service, status, last_exit }) =>
    [id, name, service, status, last_exit ?? ''].map(printable),
  );
  await print(columns([['ID', 'NAME', 'SERVICE', 'STATUS', 'LAST EXIT'], ...rows]));
}

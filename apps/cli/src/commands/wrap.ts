import type { Command } from 'commander';
import type { AccessFlags } from '../access.ts';
import { usageError } from '../errors.ts';
import { isHttpUrl } from '../settings.ts';
import { addAccessOptions } from './command-context.ts';

export interface WrapFlags extends AccessFlags {
  readonly name?: string;
  readonly offline?: boolean;
  readonly verbose?: boolean;
}

const NAME_CHARS_MAX = 128;
const HELP = `
Put it before the command of a stdio server in the configuration of any MCP client. Every byte
passes unchanged and at once, with or without the platform; beside that the server's calls and
output are captured, masked and sent. What cannot be sent waits in
$XDG_STATE_HOME/mcplog/spool (default ~/.local/state) for the next "mcplog wrap".
The exit status or signal is that of the server; 127 when its command is not found.

Examples:
  mcplog wrap -- npx -y @modelcontextprotocol/server-everything
  mcplog wrap --name github -- docker run -i --rm ghcr.io/github/github-mcp-server`;

export function addWrapCommand(program: Command): void {
  const command = program
    .command('wrap')
    .description('run a local MCP server over stdio and log it')
    .argument('<command...>', 'the command and its arguments, best after --')
    .option('--name <name>', 'name of the instance; default: made from the command')
    .option('--offline', 'send nothing now: everything waits in the spool')
    .option('--verbose', 'tell problems of our own on stderr too')
    .passThroughOptions()
    .addHelpText('after', HELP);
  addAccessOptions(command).action(runWrap);
}

async function runWrap(command: string[], flags: WrapFlags): Promise<void> {
  const { name } = flags;
  if (name !== undefined && (name.trim() === '' || name.length > NAME_CHARS_MAX)) {
    throw usageError(`--name: accepted are 1 to ${NAME_CHARS_MAX} characters`);
  }
  const { url } = flags;
  if (url !== undefined && !isHttpUrl(url)) {
    throw usageError(`--url ${url}: accepted is http://host:port or https://host`);
  }
  const { wrap } = await import('../wrap/wrap.ts');
  await wrap(command, flags);
}

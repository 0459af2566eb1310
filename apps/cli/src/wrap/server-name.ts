import { basename } from 'node:path';

/** Programs that start what their first plain argument names. */
const RUNNERS = new Set([
  ...['npx', 'bunx', 'uvx', 'pnpx', 'node', 'bun', 'deno', 'tsx', 'python', 'python3', 'uv'],
  ...['npm', 'pnpm', 'yarn', 'pipx', 'docker', 'podman'],
]);
const RUNNER_WORDS = new Set(['exec', 'dlx', 'run', 'x', 'tool', 'start']);
const NAME_CHARS_MAX = 64;

/** What a person would call the server: `npx -y @scope/server-github@2` is `server-github`. */
export function nameOfServer(command: readonly string[]): string {
  const [program = '', ...args] = command;
  const tool = stem(program);
  if (!RUNNERS.has(tool)) return clean(tool);
  const words = args.filter((word) => !word.startsWith('-') && !RUNNER_WORDS.has(word));
  // Containers take flags with values before the image, which is told by its path.
  const image = words.find((word) => /^[\w.-]+(:\d+)?\/[\w./-]+/.test(word));
  const isContainer = tool === 'docker' || tool === 'podman';
  const module = args[args.indexOf('-m') + 1];
  const subject = args.includes('-m') ? module : isContainer ? (image ?? words.at(-1)) : words[0];
  return subject === undefined ? clean(tool) : clean(stem(subject.replace(/(?<=.)[@:][^/]*$/, '')));
}

function stem(path: string): string {
  return basename(path).replace(/\.(exe|cmd|js|mjs|cjs|ts|mts|py)$/i, '');
}

function clean(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, NAME_CHARS_MAX) || 'server';
}

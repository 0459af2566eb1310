import { open, readFile } from 'node:fs/promises';
import { type CheckedProof, checkProof } from '@mcplog/log-proof';
import { print } from '../commands/command-context.ts';
import type { VerifyFlags } from '../commands/verify.ts';
import { usageError } from '../errors.ts';
import { printable } from '../terminal.ts';

/** Checks the proof of an export without its platform. @returns true when everything holds */
export async function verifyProof(flags: VerifyFlags): Promise<boolean> {
  const { proof: path = '-' } = flags;
  const checked = checkProof(await readFile(path === '-' ? '/dev/stdin' : path, 'utf8'));
  const problems = [...checked.problems];
  const wanted = (flags.entry ?? []).map(readSeq);
  for (const seq of wanted) {
    if (!checked.lines.has(seq)) problems.push(`entry ${seq}: ${whyMissing(checked, seq)}`);
  }
  if (flags.lines !== undefined) problems.push(...(await differingLines(flags.lines, checked)));
  for (const problem of problems) {
    await print(flags.json ? `${JSON.stringify({ problem })}\n` : printable(`${problem}\n`));
  }
  for (const seq of flags.quiet ? [] : wanted) {
    const line = checked.lines.get(seq)?.toString();
    if (line !== undefined) await print(flags.json ? `${line}\n` : printable(`${line}\n`));
  }
  if (flags.quiet !== true) await print(summaryOf(checked, problems.length, flags.json === true));
  return problems.length === 0;
}

function readSeq(text: string): number {
  const seq = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw usageError(`--entry ${text}: accepted is a seq, a whole number`);
}

function whyMissing({ notSealed, leftOut }: CheckedProof, seq: number): string {
  if (notSealed.includes(seq)) return 'was not sealed when it was exported: export it again later';
  if (leftOut.includes(seq)) return 'was left out, the proof was too long: export fewer entries';
  return 'is not in the proof';
}

/** Entries of the exported file that are not, byte for byte, what was sealed. */
async function differingLines(path: string, checked: CheckedProof): Promise<string[]> {
  const problems: string[] = [];
  const file = await open(path);
  let number = 0;
  for await (const line of file.readLines()) {
    number++;
    const seq = Number(/"metadata":\{"seq":(\d+)/.exec(line)?.[1]);
    const proven = checked.lines.get(seq)?.toString();
    if (proven === undefined) problems.push(`line ${number}: ${whyMissing(checked, seq)}`);
    else if (proven !== line) problems.push(`line ${number}: entry ${seq} is not what was sealed`);
  }
  return problems;
}

function summaryOf(checked: CheckedProof, problems: number, isJson: boolean): string {
  const { lines, roots, notSealed, leftOut } = checked;
  const figures = { entries: lines.size, notSealed: notSealed.length, leftOut: leftOut.length };
  if (isJson) return `${JSON.stringify({ summary: { ...figures, roots, problems } })}\n`;
  const words = [
    `${figures.entries} entries proven, ${figures.notSealed} not sealed yet, ${figures.leftOut} left out`,
    ...Object.entries(roots).map(([signer, root]) => `root key of ${signer}: ${root}`),
    'the proof is worth as much as that key: compare it with what "mcplog verify" showed',
    problems === 0 ? 'nothing found' : `${problems} findings`,
  ];
  return printable(`${words.join('\n')}\n`);
}

import { isId } from '@mcplog/log-entry';
import {
  type Anchor,
  type Counts,
  type Finding,
  formatAnchor,
  parseAnchor,
  type VerifySummary,
  verifyStore,
} from '@mcplog/log-proof';
import { print } from '../commands/command-context.ts';
import type { VerifyFlags } from '../commands/verify.ts';
import { usageError } from '../errors.ts';
import { loadSettings } from '../settings.ts';
import { printable } from '../terminal.ts';
import { showProgress } from './show-progress.ts';

/** Prints findings as they are found. @returns true when there are none */
export async function verifyLogs(flags: VerifyFlags): Promise<boolean> {
  const settings = loadSettings();
  const logs = flags.logs ?? settings.logDir ?? './logs';
  const data = flags.data ?? settings.dataDir ?? './data';
  const { user, instance, deep = false } = flags;
  const progress = showProgress(process.stderr, flags.json !== true && flags.quiet !== true);
  const verification = verifyStore({
    logs,
    data,
    isDeep: deep,
    anchors: (flags.anchor ?? []).map(readAnchor),
    acceptedRoots: (flags.acceptRoot ?? []).map(readRoot),
    ...(user === undefined ? {} : { user: readId('--user', user) }),
    ...(instance === undefined ? {} : { instance: readId('--instance', instance) }),
    onProgress: progress.show,
  });
  try {
    for await (const finding of verification) {
      progress.clear();
      await print(flags.json ? `${JSON.stringify(finding)}\n` : printable(lineOf(finding)));
    }
  } finally {
    progress.clear();
  }
  const { counts } = verification;
  const summary = verification.summary();
  if (flags.json) await print(`${JSON.stringify(jsonSummary(counts, summary))}\n`);
  else if (flags.quiet !== true) await print(printable(textSummary(counts, summary)));
  return counts.findings === 0;
}

function readAnchor(text: string): Anchor {
  const anchor = parseAnchor(text);
  if (anchor !== undefined) return anchor;
  throw usageError(`--anchor ${text}: accepted is number:hash, as an earlier verify printed it`);
}

function readRoot(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw usageError(`--accept-root ${text}: accepted is the fingerprint of the finding key-lost`);
}

function readId(flag: string, text: string): string {
  if (isId(text)) return text;
  throw usageError(`${flag} ${text}: accepted are letters, digits, - and _, at most 64`);
}

function lineOf({ kind, file, block, firstSeq, lastSeq, message }: Finding): string {
  const places = [
    ...(block === undefined ? [] : [`block ${block}`]),
    ...(lastSeq === undefined ? [] : [`seq ${firstSeq ?? '?'} to ${lastSeq}`]),
  ];
  const where = places.length === 0 ? file : `${file} (${places.join(', ')})`;
  return `${kind}: ${where}: ${message}\n`;
}

function jsonSummary(counts: Readonly<Counts>, { lastCheckpoint, roots }: VerifySummary) {
  const anchor = lastCheckpoint && formatAnchor(lastCheckpoint);
  return { summary: { ...counts, checkpoint: anchor ?? null, roots } };
}

function textSummary(counts: Readonly<Counts>, { lastCheckpoint, roots }: VerifySummary): string {
  const { segments, blocks, seals, files, unsignedBytes } = counts;
  const lines = [
    `${counts.directories} directories, ${counts.manifests} manifests, ${counts.checkpoints} checkpoints`,
    `${segments} sealed files with ${blocks} blocks (${counts.storedBytes} bytes), ${seals} seals valid`,
    `${files} open files, ${counts.fileBytes} bytes as signed, ${unsignedBytes} bytes not signed yet`,
    `${counts.deletions} authorised deletions, ${counts.uncheckedSignatures} signatures unchecked`,
    ...(counts.unfinishedRecords === 0
      ? []
      : [`${counts.unfinishedRecords} records being written, or cut off by a power cut`]),
    ...Object.entries(roots).map(([signer, root]) => `root key of ${signer}: ${root}`),
    `last checkpoint: ${lastCheckpoint === undefined ? 'none' : formatAnchor(lastCheckpoint)}`,
    counts.findings === 0 ? 'nothing found' : `${counts.findings} findings`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What the log store found wrong with blocks, with the seqs that are concerned. */
import {
  type BlockRow,
  type Disk,
  openSegment,
  type SegmentCheck,
  type SegmentFinding,
  type SegmentName,
} from '@mcplog/log-store/check';
import type { Finding } from './finding.ts';

export interface SegmentPlace {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: SegmentName;
}

/** Findings about the index are left to the caller. */
export function blockFindings(file: string, check: SegmentCheck, place: SegmentPlace): Finding[] {
  const wrong = check.findings.filter(({ kind }) => !kind.startsWith('index-'));
  if (wrong.length === 0) return [];
  const rows = rowsOf(place);
  return wrong.flatMap((finding) => describe(file, finding, rows));
}

function rowsOf({ disk, directory, name }: SegmentPlace): Map<number, BlockRow> {
  const segment = openSegment(disk, directory, name);
  const rows = new Map(segment?.rows.map((row) => [row.number, row]));
  segment?.close();
  return rows;
}

function describe(
  file: string,
  finding: SegmentFinding,
  rows: ReadonlyMap<number, BlockRow>,
): Finding[] {
  const at = (block: number) => {
    const row = rows.get(block);
    const range = row === undefined ? {} : { firstSeq: row.firstSeq, lastSeq: row.lastSeq };
    return { file, block, ...range };
  };
  switch (finding.kind) {
    case 'block-damaged': {
      const message = `block ${finding.block} at byte ${finding.offset} is not what was sealed`;
      return [{ kind: 'block-damaged', ...at(finding.block), message }];
    }
    case 'block-missing': {
      const message = `block ${finding.block} is not there`;
      return [{ kind: 'block-missing', ...at(finding.block), message }];
    }
    case 'block-moved': {
      const message = `block ${finding.block} stands at byte ${finding.offset}, not in its place`;
      return [{ kind: 'block-moved', ...at(finding.block), message }];
    }
    case 'block-foreign':
    case 'bytes-foreign': {
      const { offset, bytes } = finding;
      const message = `${bytes} bytes at byte ${offset} are not of this segment`;
      return [{ kind: 'bytes-foreign', file, message }];
    }
    case 'segment-missing':
    case 'index-missing':
    case 'index-damaged':
    case 'index-differs':
      return [];
    default:
      return finding satisfies never;
  }
}

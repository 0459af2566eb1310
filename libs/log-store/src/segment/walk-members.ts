/** Finds the blocks of a sealed file by their own headers, stepping over what is damaged. */
import { type FileHandle, readBytes } from '../disk/disk-io.ts';
import {
  decodeMemberHeader,
  findMemberHeader,
  MEMBER_HEADER_BYTES,
  type MemberHeader,
} from './gzip-member.ts';
import { longestRise } from './longest-rise.ts';

const SEARCH_BYTES = 1024 * 1024;

/** What stands at some place of a sealed file. */
export type Stretch =
  /** A member with a sound header; its text has not been looked at. */
  | { readonly kind: 'member'; readonly offset: number; readonly header: MemberHeader }
  /** Bytes in which no whole member begins. */
  | { readonly kind: 'gap'; readonly offset: number; readonly bytes: number };

/** The file's stretches in order; together they are the file. */
export function* walkMembers(file: FileHandle, bytes: number): Generator<Stretch, void, undefined> {
  for (let at = 0; at < bytes; ) {
    const header = headerAt(file, at);
    const end = at + (header?.storedBytes ?? 0);
    // A length is believed when another member, or the end of the file, follows; otherwise the
    // member may have lost bytes, and a jump by its length would miss the next.
    const isFollowed = header !== undefined && (end === bytes || headerAt(file, end) !== undefined);
    const next = isFollowed ? end : findNext(file, at + 1, bytes);
    if (header !== undefined && end <= next) {
      yield { kind: 'member', offset: at, header };
      if (next > end) yield { kind: 'gap', offset: end, bytes: next - end };
    } else {
      yield { kind: 'gap', offset: at, bytes: next - at };
    }
    at = next;
  }
}

/**
 * The same with numbers that rise: a member that was moved or doubled is a gap. As many as can keep
 * their order are kept.
 */
export function membersInOrder(file: FileHandle, bytes: number): Stretch[] {
  const stretches = [...walkMembers(file, bytes)];
  const members = stretches.filter((stretch) => stretch.kind === 'member');
  const rise = longestRise(members.map(({ header }) => header.number));
  const inOrder = new Set<Stretch>(members.filter((_, at) => rise.has(at)));
  return stretches.map((stretch) => {
    if (stretch.kind === 'gap' || inOrder.has(stretch)) return stretch;
    return { kind: 'gap', offset: stretch.offset, bytes: stretch.header.storedBytes };
  });
}

function headerAt(file: FileHandle, at: number): MemberHeader | undefined {
  return decodeMemberHeader(readBytes(file, at, MEMBER_HEADER_BYTES));
}

/** Where the next sound header begins at or behind `from`, else the end of the file. */
function findNext(file: FileHandle, from: number, end: number): number {
  for (let at = from; at < end; at += SEARCH_BYTES) {
    // One header more, so that none is missed where two pieces meet.
    const piece = readBytes(file, at, Math.min(SEARCH_BYTES + MEMBER_HEADER_BYTES, end - at));
    const found = findMemberHeader(piece, 0);
    if (found >= 0) return at + found;
  }
  return end;
}

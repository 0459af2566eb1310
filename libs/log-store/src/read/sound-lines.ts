/** Which lines of a plain file are entries: nothing proves its bytes, as a hash does a block's. */
import { isUtf8 } from 'node:buffer';
import { parseEntry } from '@mcplog/log-entry';
import type { LineBatch } from './line-source.ts';
import { type Matches, MatchList } from './matches.ts';

/** The batch's lines without those that only look like entries; these are counted as damaged. */
export function soundMatches({ chunk, matches }: LineBatch): Matches {
  const isText = isUtf8(chunk);
  const sound = new MatchList();
  sound.damaged = matches.damaged;
  for (let at = 0; at < matches.seqs.length; at++) {
    const [start, end] = [matches.starts[at] as number, matches.ends[at] as number];
    const isSound = isText || isUtf8(chunk.subarray(start, end));
    const entry = matches.entries[at] ?? parseEntry(chunk.toString('utf8', start, end));
    if (!isSound || entry === undefined) {
      sound.damaged++;
      continue;
    }
    sound.seqs.push(matches.seqs[at] as number);
    sound.starts.push(start);
    sound.ends.push(end);
    sound.entries.push(undefined);
  }
  return sound.damaged === matches.damaged ? matches : sound;
}

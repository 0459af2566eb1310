import { writeSync } from 'node:fs';

/** Says where a record begins and which level a person would give it; taken out again later. */
export function mark(level) {
  writeSync(2, `\x1e${level}\x1f`);
}

/** Writes the text as one record of that level. */
export function say(level, text) {
  mark(level);
  process.stderr.write(`${text}\n`);
}

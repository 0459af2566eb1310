/** A message cut into what is shown in its own way. */
export interface Segment {
  readonly kind: 'text' | 'match' | 'masked' | 'control';
  readonly text: string;
}

/** C0 and C1 controls, line and paragraph separators, zero-width and bidirectional marks. */
const HIDDEN =
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e' +
  '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]';
const MASKED = '\\[masked:[^\\]\\s]{1,64}\\]';
const SPECIAL = new RegExp(`(${MASKED})|(${HIDDEN}+)`, 'g');
const EVERY_HIDDEN = new RegExp(HIDDEN, 'g');

/** Cuts `text`; `search` (any case) marks matches. Tabs and newlines stay text. */
export function segmentsOf(text: string, search = ''): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const found of text.matchAll(SPECIAL)) {
    addPlain(segments, text.slice(from, found.index), search);
    const [all, masked] = found;
    segments.push(
      masked === undefined
        ? { kind: 'control', text: visibleControls(all) }
        : { kind: 'masked', text: all.slice('[masked:'.length, -1) },
    );
    from = found.index + all.length;
  }
  addPlain(segments, text.slice(from), search);
  return segments;
}

/** Every control or direction mark in `text` as its code point: `\u202e`. */
export function visibleControls(text: string): string {
  return text.replace(
    EVERY_HIDDEN,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function addPlain(segments: Segment[], text: string, search: string): void {
  if (text === '') return;
  if (search === '') {
    segments.push({ kind: 'text', text });
    return;
  }
  const lower = text.toLowerCase();
  const wanted = search.toLowerCase();
  // Lower-casing can change the length (İ), and then positions of one text say nothing of the other.
  let at = lower.length === text.length ? lower.indexOf(wanted) : -1;
  let from = 0;
  while (at >= 0) {
    if (at > from) segments.push({ kind: 'text', text: text.slice(from, at) });
    from = at + wanted.length;
    segments.push({ kind: 'match', text: text.slice(at, from) });
    at = lower.indexOf(wanted, from);
  }
  if (from < text.length) segments.push({ kind: 'text', text: text.slice(from) });
}

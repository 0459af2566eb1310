import { visitForms } from './char-forms.ts';
import { foldCode, type Needle } from './secret-needles.ts';
import { fillerStart, gapEnds } from './text-gaps.ts';

/** How far a needle could be followed from one position of a text. */
export interface Walked {
  /** Where the whole needle ends at the furthest; -1 when it is not there. */
  end: number;
  /** Characters of the needle before the text was over; -1 when the text goes on otherwise. */
  open: number;
  /** Where the last of those characters ends. */
  openEnd: number;
  /** The text's end can be read in two ways: nobody knows yet which character comes next. */
  undecided: boolean;
}

/** Work that one text may cost, in steps of the search; below zero it is over. */
export interface StepBudget {
  left: number;
}

/** A percent sign as it stands in a URL, in a URL in a URL, … */
const PERCENT = '%(?:25){0,4}';
const HALF_BYTE = `${PERCENT}[0-9A-Fa-f]?`;
const BACKSLASH = `(?:\\\\|${PERCENT}5[cC])`;
/** The first half of an escape: `%`, `%2`, `%E2%8`, `\u00`, `\ud83d\ud`, `&#3`, `&quo`. */
const OPEN_FORM = new RegExp(
  `^(?:${[
    `(?:${PERCENT}[0-9A-Fa-f]{2}){0,4}(?:${HALF_BYTE})?`,
    `(?:${BACKSLASH}{1,32}u[0-9A-Fa-f]{4})?${BACKSLASH}{0,32}(?:u[0-9A-Fa-f]{0,4}|x[0-9A-Fa-f]?|${HALF_BYTE})?`,
    `(?:&|${BACKSLASH}{1,32}u0026|${PERCENT}26)(?:amp;){0,4}#?[0-9A-Za-z]{0,8}(?:${HALF_BYTE})?`,
  ].join('|')})$`,
);
const OPEN_FORM_CHARS_MAX = 80;

/**
 * Follows a needle through a text with the set of all positions reached so far: a form can be read
 * in several ways (`%25`, runs of backslashes), and none may be missed.
 */
export class NeedleWalk {
  readonly #walked: Walked = { end: -1, open: -1, openEnd: -1, undecided: false };
  readonly #budget: StepBudget;

  constructor(budget: StepBudget) {
    this.#budget = budget;
  }

  /** The result is valid until the next call. */
  from(text: string, start: number, needle: Needle): Walked {
    const walked = this.#walked;
    walked.end = -1;
    walked.open = -1;
    walked.openEnd = -1;
    walked.undecided = false;
    const { codes, fold } = needle;
    let positions: readonly number[] = [start];
    for (let i = 0; i < codes.length; i++) {
      const next = this.#step(text, positions, { code: codes[i] ?? -1, fold, first: i === 0 });
      noteOpenForm(text, positions, { walked, codes: i });
      if (next.length === 0 || positions.length > 1)
        noteOpen(text, positions, { walked, codes: i });
      if (next.length === 0) return walked;
      positions = next;
    }
    walked.end = Math.max(...positions);
    return walked;
  }

  #step(text: string, positions: readonly number[], step: Step): readonly number[] {
    this.#budget.left -= positions.length;
    if (this.#budget.left < 0) return NOWHERE;
    const only = positions.length === 1 ? (positions[0] ?? 0) : -1;
    const plain = only < 0 ? -1 : text.charCodeAt(only);
    if (isPlain(plain)) return foldCode(plain, step.fold) === step.code ? [only + 1] : NOWHERE;
    const ends = new Set<number>();
    for (const at of positions) {
      addForms(text, at, { step, ends, budget: this.#budget });
      if (step.first) continue;
      for (const after of gapEnds(text, at)) {
        this.#budget.left--;
        // Text is wrapped at a space, which then stands nowhere.
        if (step.code === SPACE) ends.add(after);
        addForms(text, after, { step, ends, budget: this.#budget });
      }
    }
    return [...ends];
  }
}

interface Step {
  readonly code: number;
  readonly fold: Needle['fold'];
  readonly first: boolean;
}

interface Stepping {
  readonly step: Step;
  readonly ends: Set<number>;
  readonly budget: StepBudget;
}

const NOWHERE: readonly number[] = [];
const SPACE = 32;

function addForms(text: string, at: number, { step, ends, budget }: Stepping): void {
  visitForms(text, at, (code, end) => {
    budget.left--;
    if (foldCode(code, step.fold) === step.code) ends.add(end);
  });
}

interface Progress {
  readonly walked: Walked;
  readonly codes: number;
}

/** What is an escape's first half may as well be read as the characters it is made of. */
function noteOpenForm(
  text: string,
  positions: readonly number[],
  { walked, codes }: Progress,
): void {
  for (const at of positions) {
    if (text.length - at > OPEN_FORM_CHARS_MAX || !endsInForm(text, at)) continue;
    walked.open = codes;
    walked.openEnd = text.length;
    walked.undecided = true;
  }
}

/**
 * Nothing but indentation may follow the last position. With several positions one may be at the
 * end while another still goes on: `&#38;` is `&`, and begins as the characters `&#` do.
 */
function noteOpen(text: string, positions: readonly number[], { walked, codes }: Progress): void {
  for (const at of positions) {
    if (isPlain(text.charCodeAt(at))) continue;
    if (at < text.length && fillerStart(text, text.length) > at) continue;
    if (positions.length > 1) walked.undecided = true;
    walked.open = codes;
    walked.openEnd = Math.max(at, walked.openEnd);
  }
}

/** What stands from `at` to the end of the text is the first half of an escape. */
export function endsInForm(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code !== 37 && code !== 38 && code !== 92) return false;
  return text.length - at <= OPEN_FORM_CHARS_MAX && OPEN_FORM.test(text.slice(at));
}

/** Letters and digits of ASCII: they stand for themselves, whatever the form. */
export function isPlain(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

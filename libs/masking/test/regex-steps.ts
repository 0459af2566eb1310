/**
 * A backtracking matcher for the expressions of the rule table that counts what it does: every
 * character it looks at is a step. It tells how much work a text can make without a clock.
 */
type Direction = 1 | -1;
type Next = (at: number) => boolean;
type Part = (at: number, next: Next, direction: Direction) => boolean;

export interface StepCount {
  readonly steps: number;
  readonly matches: number;
}

/** A counter that looks for the pattern from left to right, as `findByRule` does. */
export function stepCounter(pattern: RegExp): (text: string) => StepCount {
  const run: Run = { text: '', steps: 0, groups: [] };
  const part = new Parser(pattern, run).parse();
  return (text) => {
    run.text = text;
    run.steps = 0;
    let matches = 0;
    for (let at = 0; at <= text.length; ) {
      const end = endOf(part, at, 1);
      if (end >= 0) matches++;
      at = Math.max(end, at + 1);
    }
    return { steps: run.steps, matches };
  };
}

/** Where the first way to match ends, or -1. */
function endOf(part: Part, at: number, direction: Direction): number {
  let end = -1;
  const note = (reached: number): boolean => {
    end = reached;
    return true;
  };
  part(at, note, direction);
  return end;
}

interface Run {
  text: string;
  steps: number;
  readonly groups: [number, number][];
}

class Parser {
  readonly #source: string;
  readonly #flags: string;
  readonly #run: Run;
  #at = 0;
  #groups = 0;

  constructor(pattern: RegExp, run: Run) {
    this.#source = pattern.source;
    this.#flags = pattern.flags.replace(/[gy]/g, '');
    this.#run = run;
  }

  parse(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#source.length) throw new Error(`not read: ${this.#rest()}`);
    return part;
  }

  #rest(): string {
    return this.#source.slice(this.#at);
  }

  #takes(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takesMatch(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest());
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    if (parts.length === 1) return parts[0] as Part;
    return (at, next, direction) => parts.some((part) => part(at, next, direction));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !/^[|)]/.test(this.#rest())) {
      parts.push(this.#repeated(this.#atom()));
    }
    const from = (i: number, next: Next, direction: Direction): Next => {
      if (i < 0 || i >= parts.length) return next;
      return (at) => (parts[i] as Part)(at, from(i + direction, next, direction), direction);
    };
    return (at, next, direction) =>
      from(direction === 1 ? 0 : parts.length - 1, next, direction)(at);
  }

  #repeated(part: Part): Part {
    const match = this.#takesMatch(/^(?:([*+?])|\{(\d+)(,(\d*))?\})(\??)/);
    if (match === undefined) return part;
    const [, sign, low, comma, high, lazy] = match;
    const min = sign === '+' ? 1 : Number(low ?? 0);
    const max =
      sign === '?' ? 1 : sign !== undefined || high === '' ? Infinity : Number(high ?? low);
    const most = comma === undefined && sign === undefined ? min : max;
    return lazy === '?' ? lazily(part, min, most) : greedily(part, min, most);
  }

  #atom(): Part {
    if (this.#takes('(?:')) return this.#closed(this.#alternatives());
    const look = this.#takesMatch(/^\(\?(<?)([=!])/);
    if (look !== undefined) return this.#look(look[1] === '<' ? -1 : 1, look[2] === '=');
    if (this.#takesMatch(/^\((?:\?<[A-Za-z]+>)?/) !== undefined) return this.#group();
    if (this.#takes('^')) return this.#edge((at) => at === 0);
    if (this.#takes('$')) return this.#edge((at) => at === this.#run.text.length);
    const back = this.#takesMatch(/^\\([1-9])/);
    if (back !== undefined) return this.#backReference(Number(back[1]));
    const set = this.#takesMatch(
      /^(?:\[(?:\\.|[^\]\\])*\]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.)/s,
    );
    return this.#set(set?.[0] ?? '');
  }

  #closed(part: Part): Part {
    if (!this.#takes(')')) throw new Error(`open group before ${this.#rest()}`);
    return part;
  }

  #group(): Part {
    const number = ++this.#groups;
    const part = this.#closed(this.#alternatives());
    const { groups } = this.#run;
    return (at, next, direction) =>
      part(
        at,
        (end) => {
          groups[number] = [Math.min(at, end), Math.max(at, end)];
          return next(end);
        },
        direction,
      );
  }

  #look(direction: Direction, wanted: boolean): Part {
    const part = this.#closed(this.#alternatives());
    return (at, next) => part(at, () => true, direction) === wanted && next(at);
  }

  #edge(holds: (at: number) => boolean): Part {
    return (at, next) => holds(at) && next(at);
  }

  #backReference(number: number): Part {
    const run = this.#run;
    return (at, next) => {
      const [start, end] = run.groups[number] ?? [0, 0];
      const wanted = run.text.slice(start, end);
      run.steps += wanted.length;
      return run.text.startsWith(wanted, at) && next(at + wanted.length);
    };
  }

  #set(source: string): Part {
    const pattern = new RegExp(`^${source}$`, this.#flags);
    const known = new Map<number, boolean>();
    const run = this.#run;
    const part: Part = (at, next, direction) => {
      run.steps++;
      const code = run.text.charCodeAt(direction === 1 ? at : at - 1);
      if (Number.isNaN(code)) return false;
      let holds = known.get(code);
      if (holds === undefined) {
        holds = pattern.test(String.fromCharCode(code));
        known.set(code, holds);
      }
      return holds && next(at + direction);
    };
    singles.add(part);
    return part;
  }
}

/** Parts of one character: they match in one way only, and may repeat thousands of times. */
const singles = new WeakSet<Part>();

/** Takes as many as there are, then gives them back one by one. */
function greedily(part: Part, min: number, max: number): Part {
  if (singles.has(part))
    return (at, next, direction) => greedyRun(part, { min, max }, { at, next, direction });
  return (start, next, direction) => {
    const more = (at: number, taken: number): boolean =>
      (taken < max && part(at, (end) => end !== at && more(end, taken + 1), direction)) ||
      (taken >= min && next(at));
    return more(start, 0);
  };
}

interface Place {
  readonly at: number;
  readonly next: Next;
  readonly direction: Direction;
}

function greedyRun(
  part: Part,
  { min, max }: { readonly min: number; readonly max: number },
  { at, next, direction }: Place,
): boolean {
  let taken = 0;
  while (taken < max && part(at + taken * direction, () => true, direction)) taken++;
  for (; taken >= min; taken--) if (next(at + taken * direction)) return true;
  return false;
}

function lazily(part: Part, min: number, max: number): Part {
  return (start, next, direction) => {
    let at = start;
    for (let taken = 0; taken <= max; taken++) {
      if (taken >= min && next(at)) return true;
      const end = endOf(part, at, direction);
      if (end < 0) return false;
      at = end;
    }
    return false;
  };
}

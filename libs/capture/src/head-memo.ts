/**
 * Remembers what heads of lines say. A server's lines begin alike but for their digits, so the
 * words of four characters of a head, digits made 0, lead to what `readHead` answered for the
 * first line that began so. The words are a tree, kept in one hash table of (node, word).
 */
import type { FoundLevel, HeadLevel } from './level-prefix.ts';
import { withoutDigits } from './line-bytes.ts';

const SLOTS = 1 << 15;
/** More and everything is forgotten: a server of ever new heads must not fill our memory. */
const USED_MAX = SLOTS / 2;
/** Longer heads are read each time. */
const REACH_MAX = 160;
const WORD_BYTES = 4;

export class HeadMemo {
  /** The node a slot's word leads on from, plus one; 0 for a free slot. */
  readonly #nodes = new Int32Array(SLOTS);
  readonly #words = new Int32Array(SLOTS);
  /** The node it leads to, or below 0 an answer: -1 minus its place among the answers. */
  readonly #next = new Int32Array(SLOTS);
  readonly #answers: HeadLevel[] = [];
  readonly #placeOf = new Map<string, number>();
  #used = 0;
  #nodesMade = 1;

  /** What a line of ASCII says, when one that begins like it was learnt. */
  find(view: DataView, from: number, to: number): HeadLevel | undefined {
    let node = 0;
    for (let at = from; at + WORD_BYTES <= to; at += WORD_BYTES) {
      const slot = this.#slotOf(node, withoutDigits(view.getInt32(at, true)));
      if (this.#nodes[slot] === 0) return undefined;
      node = this.#next[slot] as number;
      if (node < 0) return this.#answers[-1 - node];
    }
    return undefined;
  }

  /** Keeps the answer for a line of ASCII, unless it depends on too much of it. */
  learn(view: DataView, { from, to }: { from: number; to: number }, answer: HeadLevel): void {
    const end = from + Math.ceil(answer.reach / WORD_BYTES) * WORD_BYTES;
    if (answer.reach > REACH_MAX || end > to) return;
    if (this.#used + REACH_MAX / WORD_BYTES > USED_MAX) this.#forget();
    let node = 0;
    for (let at = from; at < end; at += WORD_BYTES) {
      const word = withoutDigits(view.getInt32(at, true));
      const slot = this.#slotOf(node, word);
      if (this.#nodes[slot] === 0) {
        this.#nodes[slot] = node + 1;
        this.#words[slot] = word;
        const isLast = at + WORD_BYTES === end;
        this.#next[slot] = isLast ? -1 - this.#placeOfAnswer(answer.found) : this.#nodesMade++;
        this.#used++;
      }
      node = this.#next[slot] as number;
      if (node < 0) return;
    }
  }

  #slotOf(node: number, word: number): number {
    let slot = (Math.imul(word ^ Math.imul(node, 0x9e3779b1), 0x85ebca6b) >>> 17) & (SLOTS - 1);
    while (this.#nodes[slot] !== 0) {
      if (this.#nodes[slot] === node + 1 && this.#words[slot] === word) break;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return slot;
  }

  #placeOfAnswer(found: FoundLevel | undefined): number {
    const key = found === undefined ? '' : `${found.reason} ${found.level}`;
    let place = this.#placeOf.get(key);
    if (place === undefined) {
      place = this.#answers.push({ found, reach: 0 }) - 1;
      this.#placeOf.set(key, place);
    }
    return place;
  }

  #forget(): void {
    this.#nodes.fill(0);
    this.#used = 0;
    this.#nodesMade = 1;
  }
}

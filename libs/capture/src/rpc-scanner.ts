import type { OversizeReader } from './line-framer.ts';
import { type RpcMessage, rpcMessages } from './rpc-message.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Deepest object whose members are looked at: `params._meta.progressToken`. */
const DEPTH_MAX = 3;
/** Longer texts are skipped; no member that the tap reads is longer. */
const TEXT_BYTES_MAX = 2048;
const SCALAR_BYTES_MAX = 32;
const MESSAGES_MAX = 1000;
/** Members kept of one object: a stranger must not fill our memory. */
const MEMBERS_MAX = 64;

interface Level {
  readonly isArray: boolean;
  /** Undefined below the depth that is looked at, and inside arrays. */
  readonly object: Record<string, unknown> | undefined;
  members: number;
}

/**
 * Reads JSON-RPC messages of any length while their bytes pass, and keeps only the short members
 * near the top that the tap needs. A screenshot of 10 MB costs a search for its closing quote.
 */
export class RpcScanner implements OversizeReader {
  #levels: Level[] = [];
  #messages: unknown[] = [];
  #isBroken = false;
  #isInText = false;
  /** The last byte was a backslash that escapes the next one. */
  #isEscaped = false;
  #text: Buffer[] = [];
  #textBytes = 0;
  #scalar = '';
  #key: string | undefined;
  #isKeyNext = false;

  reset(): void {
    this.#levels = [];
    this.#messages = [];
    this.#isBroken = false;
    this.#isInText = false;
    this.#isEscaped = false;
    this.#text = [];
    this.#textBytes = 0;
    this.#scalar = '';
    this.#key = undefined;
    this.#isKeyNext = false;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#isBroken) {
      at = this.#isInText ? this.#readText(bytes, at) : this.#readMark(bytes, at);
    }
  }

  /** The messages of the line that just ended; `undefined` when it is no JSON-RPC. */
  finish(): readonly RpcMessage[] | undefined {
    const isClosed = this.#levels.length === 0 && this.#scalar === '';
    const isWhole = !this.#isBroken && !this.#isInText && isClosed;
    const messages = isWhole ? rpcMessages(this.#messages) : undefined;
    this.reset();
    return messages;
  }

  #readText(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        at++;
        continue;
      }
      const quote = bytes.indexOf(QUOTE, at);
      const stop = quote < 0 ? bytes.length : quote;
      this.#isEscaped = isOddRun(bytes, at, stop);
      at = stop;
      if (quote < 0) break;
      if (this.#isEscaped) continue;
      this.#keepText(bytes.subarray(from, quote));
      this.#endText();
      return quote + 1;
    }
    this.#keepText(bytes.subarray(from, at));
    return at;
  }

  #keepText(bytes: Buffer): void {
    this.#textBytes += bytes.length;
    if (!this.#isWanted() || this.#textBytes > TEXT_BYTES_MAX) this.#text = [];
    else this.#text.push(Buffer.from(bytes));
  }

  #isWanted(): boolean {
    return this.#levels.at(-1)?.object !== undefined;
  }

  #endText(): void {
    this.#isInText = false;
    const isKept = this.#isWanted() && this.#textBytes <= TEXT_BYTES_MAX;
    const text = isKept ? parseText(Buffer.concat(this.#text)) : undefined;
    this.#text = [];
    this.#textBytes = 0;
    if (this.#isKeyNext) this.#key = text;
    else if (text !== undefined) this.#set(text);
  }

  #readMark(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    switch (byte) {
      case QUOTE:
        this.#isInText = true;
        break;
      case 0x7b: // {
      case 0x5b: // [
        this.#open(byte === 0x5b);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        this.#close(byte === 0x5d);
        break;
      case 0x3a: // :
        this.#isKeyNext = false;
        break;
      case 0x2c: // ,
        this.#endScalar();
        this.#isKeyNext = this.#levels.at(-1)?.isArray === false;
        break;
      default:
        if (byte > 0x20 && this.#scalar.length < SCALAR_BYTES_MAX) {
          this.#scalar += String.fromCharCode(byte);
        }
    }
    return at + 1;
  }

  #open(isArray: boolean): void {
    const parent = this.#levels.at(-1);
    // The outermost array is a batch: its objects are messages like a lone one.
    const isBatch = this.#levels.length === 1 && parent?.isArray === true;
    const isTop = parent === undefined || isBatch;
    const depth = this.#levels.length - (this.#levels[0]?.isArray ? 1 : 0);
    const isRead = !isArray && (isTop || parent?.object !== undefined) && depth < DEPTH_MAX;
    const object = isRead ? {} : undefined;
    if (object !== undefined && isTop) {
      if (this.#messages.length < MESSAGES_MAX) this.#messages.push(object);
    } else if (!isTop) this.#set(object ?? (isArray ? [] : {}));
    this.#levels.push({ isArray, object, members: 0 });
    this.#isKeyNext = !isArray;
  }

  #close(isArray: boolean): void {
    this.#endScalar();
    if (this.#levels.pop()?.isArray !== isArray) this.#isBroken = true;
    this.#isKeyNext = false;
  }

  #endScalar(): void {
    const scalar = this.#scalar;
    if (scalar === '') return;
    this.#scalar = '';
    if (this.#levels.length === 0) this.#isBroken = true;
    else if (this.#isWanted()) this.#set(parseScalar(scalar));
  }

  #set(value: unknown): void {
    const level = this.#levels.at(-1);
    const key = this.#key;
    this.#key = undefined;
    if (level?.object === undefined || key === undefined || key === '__proto__') return;
    if (level.members++ < MEMBERS_MAX) level.object[key] = value;
  }
}

/** True when an odd number of backslashes stands right before `stop`. */
function isOddRun(bytes: Buffer, from: number, stop: number): boolean {
  let at = stop;
  while (at > from && bytes[at - 1] === BACKSLASH) at--;
  return (stop - at) % 2 === 1;
}

function parseText(bytes: Buffer): string | undefined {
  try {
    return JSON.parse(`"${bytes.toString('utf8')}"`);
  } catch {
    return undefined;
  }
}

function parseScalar(scalar: string): unknown {
  try {
    return JSON.parse(scalar);
  } catch {
    return undefined;
  }
}

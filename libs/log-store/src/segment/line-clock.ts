/** Timestamps of framed lines as numbers, fast: most lines share their minute with the one before. */

/** Of the timestamp in a framed line. */
export const TIMESTAMP_AT = 14;

/** `2025-07-13T` and `2025-07-13T15:30` */
const DAY_BYTES = 11;
const MINUTE_BYTES = 16;
const COLON = 0x3a;
const DOT = 0x2e;
const LETTER_Z = 0x5a;
const DIGIT_0 = 0x30;

export class LineClock {
  readonly #minute = Buffer.alloc(MINUTE_BYTES);
  #minuteMs = Number.NaN;
  #dayMs = Number.NaN;

  /**
   * Milliseconds since 1970; `undefined` for what is not written as `Date.toISOString` does, or lies
   * before 1970, so that the order of moments is the order of their bytes.
   */
  read(bytes: Buffer, at: number): number | undefined {
    if (!this.#isSameMinute(bytes, at)) this.#setMinute(bytes, at);
    const seconds = digit(bytes, at + 17, 5) * 10 + digit(bytes, at + 18, 9);
    const thousandths =
      digit(bytes, at + 20, 9) * 100 + digit(bytes, at + 21, 9) * 10 + digit(bytes, at + 22, 9);
    const isShaped =
      bytes[at + 16] === COLON && bytes[at + 19] === DOT && bytes[at + 23] === LETTER_Z;
    const ms = this.#minuteMs + seconds * 1000 + thousandths;
    return isShaped && ms >= 0 ? ms : undefined;
  }

  #isSameMinute(bytes: Buffer, at: number): boolean {
    for (let place = MINUTE_BYTES - 1; place >= 0; place--) {
      if (bytes[at + place] !== this.#minute[place]) return false;
    }
    return true;
  }

  #setMinute(bytes: Buffer, at: number): void {
    if (!this.#isSameDay(bytes, at)) this.#setDay(bytes, at);
    bytes.copy(this.#minute, 0, at, at + MINUTE_BYTES);
    const hours = digit(bytes, at + 11, 2) * 10 + digit(bytes, at + 12, 9);
    const minutes = digit(bytes, at + 14, 5) * 10 + digit(bytes, at + 15, 9);
    const isShaped = hours < 24 && bytes[at + 13] === COLON;
    this.#minuteMs = isShaped ? this.#dayMs + (hours * 60 + minutes) * 60_000 : Number.NaN;
  }

  #isSameDay(bytes: Buffer, at: number): boolean {
    for (let place = DAY_BYTES - 1; place >= 0; place--) {
      if (bytes[at + place] !== this.#minute[place]) return false;
    }
    return true;
  }

  #setDay(bytes: Buffer, at: number): void {
    const text = bytes.toString('latin1', at, at + DAY_BYTES);
    const ms = Date.parse(`${text}00:00:00.000Z`);
    const isMoment = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
    this.#dayMs = isMoment ? ms : Number.NaN;
  }
}

/** NaN for what is no digit up to `most`. */
function digit(bytes: Buffer, at: number, most: number): number {
  const value = (bytes[at] as number) - DIGIT_0;
  return value >= 0 && value <= most ? value : Number.NaN;
}

/** A record's metadata stays below this many bytes. */
export const METADATA_BYTES_MAX = 60_000;
const DEPTH_MAX = 4;
/** A UTF-16 unit takes at most three bytes of UTF-8, an escape six of ASCII. */
const TEXT_CHARACTERS_MAX = 8192;

type Mask = (text: string) => string;

/**
 * Writes metadata as the inside of a JSON object. Text from outside goes through `text` and is
 * masked; words of our own (a flag's name, a hash) go through `word` and are not.
 */
export class MetadataFragment {
  readonly #mask: Mask;
  #parts = '';
  #isCut = false;

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  text(key: string, value: string | undefined): this {
    if (value === undefined) return this;
    return this.#put(key, JSON.stringify(this.#mask(value).slice(0, TEXT_CHARACTERS_MAX)));
  }

  word(key: string, value: string | undefined): this {
    return value === undefined || value === '' ? this : this.#put(key, JSON.stringify(value));
  }

  number(key: string, value: number | undefined): this {
    return value === undefined || !Number.isFinite(value) ? this : this.#put(key, `${value}`);
  }

  flag(key: string, isSet: boolean): this {
    return isSet ? this.#put(key, 'true') : this;
  }

  /** Any JSON value of a caller, every text and key in it masked. */
  value(key: string, value: unknown): this {
    const json = JSON.stringify(maskDeep(value, this.#mask, DEPTH_MAX));
    return json === undefined ? this : this.#put(this.#mask(key), json);
  }

  finish(): string {
    return this.#parts;
  }

  /** What would make the whole too long is left out, and a flag says so. */
  #put(key: string, json: string): this {
    const part = `${this.#parts === '' ? '' : ','}${JSON.stringify(key)}:${json}`;
    if (this.#hasRoom(part)) this.#parts += part;
    else if (!this.#isCut) {
      this.#isCut = true;
      this.#parts += `${this.#parts === '' ? '' : ','}"metadataCut":true`;
    }
    return this;
  }

  #hasRoom(part: string): boolean {
    const limit = METADATA_BYTES_MAX - 32;
    if ((this.#parts.length + part.length) * 3 < limit) return true;
    return Buffer.byteLength(this.#parts) + Buffer.byteLength(part) < limit;
  }
}

function maskDeep(value: unknown, mask: Mask, depth: number): unknown {
  if (typeof value === 'string') return mask(value).slice(0, TEXT_CHARACTERS_MAX);
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((item) => maskDeep(item, mask, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [mask(key), maskDeep(item, mask, depth - 1)]),
  );
}

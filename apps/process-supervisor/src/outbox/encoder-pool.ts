import { SectionEncoder } from '@mcplog/protocol';

const SECTION_BYTES_USUAL = 4096;
/** Memory of encoders that nobody uses; more of them are given back to the system. */
const IDLE_BYTES_MAX = 4 * 1024 * 1024;

/** Encoders of sections, used again by whoever needs one next: making memory anew costs more. */
export class EncoderPool {
  readonly #idle: SectionEncoder[] = [];
  #idleBytes = 0;

  take(): SectionEncoder {
    const encoder = this.#idle.pop();
    if (encoder === undefined) return new SectionEncoder(SECTION_BYTES_USUAL);
    this.#idleBytes -= encoder.capacity;
    return encoder;
  }

  /** Nobody looks at what it finished any more. */
  give(encoder: SectionEncoder): void {
    if (this.#idleBytes + encoder.capacity > IDLE_BYTES_MAX) return;
    this.#idle.push(encoder);
    this.#idleBytes += encoder.capacity;
  }
}

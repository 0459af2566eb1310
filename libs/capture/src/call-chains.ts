import { asText, type RpcObject } from './rpc-message.ts';

/** Calls of one exchange: each asks for input until the last one answers (2026-07-28). */
export interface ChainLink {
  /** `callId` of the first call. */
  readonly chainId: string;
  /** 1 for the first. */
  readonly chainStep: number;
}

interface Asked {
  readonly method: string;
  readonly target: string;
}

/** Exchanges that wait for their client; past it the oldest is forgotten. */
const WAITING_MAX = 1000;
const STATE_CHARACTERS_MAX = 512;

/**
 * Finds the call that a retry goes on from. The retry has a new id; what it shares with the call
 * before it is the method, the target and the server's `requestState`, which it echoes.
 */
export class CallChains {
  readonly #waiting = new Map<string, ChainLink>();

  /** A call was answered with `resultType: "input_required"`. */
  pause(asked: Asked, result: RpcObject, link: ChainLink): void {
    if (this.#waiting.size >= WAITING_MAX) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
    }
    this.#waiting.set(keyOf(asked, result.requestState), link);
  }

  /** The link of a request that brings the input asked for; `undefined` for any other. */
  resume(asked: Asked, params: RpcObject): ChainLink | undefined {
    if (!('inputResponses' in params) && !('requestState' in params)) return undefined;
    const key = keyOf(asked, params.requestState);
    const before = this.#waiting.get(key);
    this.#waiting.delete(key);
    return before && { chainId: before.chainId, chainStep: before.chainStep + 1 };
  }
}

function keyOf({ method, target }: Asked, state: unknown): string {
  const text = asText(state) ?? '';
  return JSON.stringify([method, target, text.length, text.slice(0, STATE_CHARACTERS_MAX)]);
}

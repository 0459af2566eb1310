import type { Proof } from './proof-port.ts';

/** For an installation that signs nothing: seals are empty, and there is nothing to verify. */
export async function openUnproven(): Promise<Proof> {
  return {
    signSeal: async () => new Uint8Array(0),
    verify: () => {
      throw new Error('nothing is signed by this installation, so nothing can be verified');
    },
    close: async () => undefined,
  };
}

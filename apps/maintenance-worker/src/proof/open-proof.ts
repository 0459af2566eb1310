/** Signs what is sealed, closes days, anchors checkpoints in the audit log, verifies. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openProofKeeper, type ProofKeeper } from '@mcplog/log-proof';
import { plainFileOf, type SealFacts } from '@mcplog/log-store/maintenance';
import type { SystemLog } from '@mcplog/message-bus';
import type { OpenProof, Proof, VerifyOptions } from '../proof-port.ts';
import type { SegmentPlace } from '../segment-place.ts';
import type { Settings } from '../settings.ts';
import { ProofRounds } from './proof-rounds.ts';
import { runVerification } from './run-verification.ts';

/** The log-writer signs a rotated file within a second; its seal says when it did not. */
const HEADS_LATE_MS = 3_000;
const HEADS_LOOK_MS = 250;

export interface ProofParts {
  readonly systemLog: SystemLog;
  readonly settings: Pick<Settings, 'logDir' | 'dataDir' | 'checkpointMinutes'>;
  /** What holds back signing, in words; nothing: all is well. */
  readonly onProblem: (problem: string | undefined) => void;
}

export function proofOpener(parts: ProofParts): OpenProof {
  return async () => {
    const { logDir: logs, dataDir: data } = parts.settings;
    const keeper = openProofKeeper({ logs, data });
    for (const { day } of keeper.signer.problems) {
      parts.systemLog.write('security', {
        level: 'critical',
        event: 'integrity_key_lost',
        message: `the private key of ${day} that signs log files was lost: signing goes on with a new root`,
      });
    }
    return new SigningProof(parts, keeper);
  };
}

class SigningProof implements Proof {
  readonly #parts: ProofParts;
  readonly #keeper: ProofKeeper;
  readonly #rounds: ProofRounds;

  constructor(parts: ProofParts, keeper: ProofKeeper) {
    this.#parts = parts;
    this.#keeper = keeper;
    this.#rounds = new ProofRounds({ ...parts, keeper });
  }

  async signSeal(place: SegmentPlace, facts: SealFacts): Promise<Uint8Array> {
    const directory = place.steps.join('/');
    while (!this.#keeper.isRecorded(directory, facts) && isRenamedJustNow(place)) {
      await pause(HEADS_LOOK_MS);
    }
    return this.#keeper.signSeal(directory, facts);
  }

  async verify(options: VerifyOptions): Promise<Record<string, unknown>> {
    const { settings, systemLog } = this.#parts;
    const result = await runVerification(settings, options);
    if (result.findings > 0) {
      systemLog.write('security', {
        level: 'critical',
        event: 'integrity_findings',
        message: `${result.findings} findings: log files are not as they were signed`,
        metadata: { counts: result.counts, first: result.first.slice(0, 10) },
      });
    }
    return { ...result };
  }

  async close(): Promise<void> {
    await this.#rounds.close();
    this.#keeper.close();
  }
}

function isRenamedJustNow({ directory, name }: SegmentPlace): boolean {
  const found = lstatSync(join(directory, plainFileOf(name)), { throwIfNoEntry: false });
  return found !== undefined && Math.abs(Date.now() - found.ctimeMs) < HEADS_LATE_MS;
}

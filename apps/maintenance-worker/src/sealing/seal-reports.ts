import type { SealConflict } from '@mcplog/log-store/maintenance';
import type { SystemLog } from '@mcplog/message-bus';
import type { SegmentPlace } from '../segment-place.ts';
import { pathOfPlace } from '../segment-place.ts';
import type { WorkerFigures } from '../worker-figures.ts';
import type { TaskEnd } from './thread-messages.ts';

/** Of files that fail at the same time, so many are told one by one: a full disk fails them all. */
const FAILURES_TOLD_MAX = 20;

/** Counts what sealing did and tells what an operator should know. */
export class SealReports {
  readonly #systemLog: SystemLog;
  readonly #figures: WorkerFigures;
  readonly #failing = new Map<string, string>();
  /** Sealed files with blocks that no copy has, and which those are. */
  readonly #damaged = new Map<string, string>();

  constructor(systemLog: SystemLog, figures: WorkerFigures) {
    this.#systemLog = systemLog;
    this.#figures = figures;
  }

  get failing(): number {
    return this.#failing.size;
  }

  get damaged(): number {
    return this.#damaged.size;
  }

  /** Told once for as long as the same blocks are missing. */
  mended(place: SegmentPlace, { repaired, missing }: Extract<TaskEnd, { kind: 'mended' }>): void {
    this.#settled(place);
    const path = pathOfPlace(place);
    const blocks = missing.join(', ');
    if (repaired.length > 0) {
      this.#figures.repairedBlocks += repaired.length;
      this.#tell(place, {
        level: 'warn',
        event: 'segment_repaired',
        words: `${repaired.length} damaged blocks of it were put right from a copy`,
        facts: { repairedBlocks: repaired },
      });
    }
    const known = this.#damaged.get(path);
    if (blocks === '') this.#damaged.delete(path);
    else this.#damaged.set(path, blocks);
    this.#showDamage();
    if (blocks === '' || blocks === known) return;
    this.#tell(place, {
      level: 'error',
      event: 'segment_damaged',
      words: `${missing.length} of its blocks are damaged and no copy has them; the others are served`,
      facts: { damagedBlocks: missing },
    });
  }

  sealed(place: SegmentPlace, end: Extract<TaskEnd, { kind: 'sealed' }>, isRebuilt: boolean): void {
    const figures = this.#figures;
    this.#settled(place);
    if (isRebuilt) {
      figures.rebuiltIndexes++;
      this.#tellRebuilt(place, end.damagedBytes);
      return;
    }
    if (end.conflict !== undefined) this.#tellConflict(place, end.conflict);
    // What stood sealed before was counted when it was.
    if (end.conflict?.kept === 'sealed') return;
    const { plainBytes, storedBytes, damaged } = end.facts;
    figures.sealedFiles++;
    figures.sealedPlainBytes += plainBytes;
    figures.sealedStoredBytes += storedBytes;
    figures.lastSealedMs = Date.now();
    if (damaged > 0) {
      this.#tell(place, {
        level: 'warn',
        event: 'damaged_lines_sealed',
        words: `${damaged} lines of it are no entries; they were sealed as they are`,
        facts: { damaged },
      });
    }
  }

  quarantined(place: SegmentPlace, movedTo: string): void {
    this.#settled(place);
    this.#damaged.delete(pathOfPlace(place));
    this.#showDamage();
    this.#figures.quarantinedFiles++;
    this.#tell(place, {
      level: 'error',
      event: 'file_quarantined',
      words: `nothing of it could be read; it lies in ${movedTo}`,
      facts: { movedTo },
    });
  }

  /** The file is gone: somebody dealt with it. */
  gone(place: SegmentPlace): void {
    this.#settled(place);
  }

  failed(place: SegmentPlace, problem: string): void {
    const path = pathOfPlace(place);
    const isNew = !this.#failing.has(path);
    this.#figures.sealFailures++;
    this.#failing.set(path, problem);
    this.#showProblem();
    if (!isNew || this.#failing.size > FAILURES_TOLD_MAX) return;
    this.#tell(place, {
      level: 'error',
      event: 'sealing_failed',
      words: `it could not be sealed and will be tried again: ${problem}`,
      facts: { error: problem },
    });
  }

  #showDamage(): void {
    const [first] = this.#damaged.keys();
    if (first === undefined) this.#figures.problems.delete('damage');
    else {
      const words = `${this.#damaged.size} sealed files have damaged blocks, such as ${first}`;
      this.#figures.problems.set('damage', words);
    }
  }

  #settled(place: SegmentPlace): void {
    if (this.#failing.delete(pathOfPlace(place))) this.#showProblem();
  }

  #showProblem(): void {
    const [first] = this.#failing;
    if (first === undefined) this.#figures.problems.delete('sealing');
    else {
      const [path, problem] = first;
      const words = `${this.#failing.size} rotated files cannot be sealed, such as ${path}: ${problem}`;
      this.#figures.problems.set('sealing', words);
    }
  }

  #tellConflict(place: SegmentPlace, { kept, movedTo, repaired }: SealConflict): void {
    this.#figures.quarantinedFiles++;
    const mended = repaired.length === 0 ? '' : `, and put ${repaired.length} of its blocks right`;
    this.#tell(place, {
      level: 'error',
      event: 'contradicting_file_quarantined',
      words:
        kept === 'sealed'
          ? `a plain file beside the sealed one held something else${mended}; it lies in ${movedTo}`
          : `its sealed file was damaged and was made again; the damaged one lies in ${movedTo}`,
      facts: { kept, movedTo, repairedBlocks: repaired },
    });
  }

  #tellRebuilt(place: SegmentPlace, damagedBytes: number): void {
    this.#tell(place, {
      level: damagedBytes > 0 ? 'error' : 'warn',
      event: 'index_rebuilt',
      words:
        damagedBytes > 0
          ? `its index was missing or damaged and was made again; ${damagedBytes} bytes of it are damaged`
          : 'its index was missing or damaged and was made again',
      facts: { damagedBytes },
    });
  }

  #tell(place: SegmentPlace, { level, event, words, facts }: Told): void {
    const path = pathOfPlace(place);
    const metadata = { path, ...facts };
    this.#systemLog.write('application', { level, event, message: `${path}: ${words}`, metadata });
  }
}

interface Told {
  readonly level: 'warn' | 'error';
  readonly event: string;
  /** Behind the file's name. */
  readonly words: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

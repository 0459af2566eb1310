/**
 * Reads the pipes of all children of a supervisor, and keeps what it read in memory until the
 * supervisor has it on disk: a supervisor that is killed takes nothing along. Memory only, since
 * nothing of it is masked.
 */
import { statSync } from 'node:fs';
import type { Server } from 'node:net';
import { FifoStream } from './fifo-stream.ts';
import { FRAME, type Frame, PROTOCOL, type ReaderFigures } from './frames.ts';
import { SupervisorLink } from './supervisor-link.ts';

const MINUTE_MS = 60_000;
const LINKS_MAX = 16;
const FIGURES_EVERY_MS = 5_000;

export interface PipeReaderOptions {
  /** Where it listens; when the file is gone or another one, nobody can come any more. */
  readonly socketPath: string;
  /** Told once, when it is to end. */
  readonly onDone: () => void;
  readonly looksEveryMs?: number;
  /** Ends so long after the last supervisor left, when it has no stream. */
  readonly idleMs?: number;
  /** The same with streams: nobody will ever fetch them. */
  readonly abandonedMs?: number;
}

export class PipeReader {
  readonly #options: PipeReaderOptions;
  readonly #inode: number;
  readonly #streams = new Map<number, FifoStream>();
  readonly #links = new Set<SupervisorLink>();
  readonly #timers: NodeJS.Timeout[];
  #supervisor: SupervisorLink | undefined;
  #aloneSinceMs = performance.now();

  constructor(server: Server, options: PipeReaderOptions) {
    this.#options = options;
    this.#inode = inodeOf(options.socketPath);
    server.on('connection', (socket) => {
      const link = new SupervisorLink(socket, {
        onHello: (who, pid) => this.#welcome(who, pid),
        onFrame: (from, frame) => this.#obey(from, frame),
        onClosed: (who) => this.#leave(who),
      });
      this.#links.add(link);
      if (this.#links.size > LINKS_MAX) link.refuse('too many connections');
    });
    this.#timers = [
      setInterval(() => this.#look(), options.looksEveryMs ?? MINUTE_MS / 4),
      setInterval(() => this.#tellFigures(), FIGURES_EVERY_MS),
    ];
  }

  get hasSupervisor(): boolean {
    return this.#supervisor !== undefined;
  }

  /** Tells the supervisor, if there is one. */
  tellTrouble(words: string): void {
    this.#supervisor?.send(FRAME.trouble, { payload: words });
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #welcome(link: SupervisorLink, pid: number): void {
    const other = this.#supervisor?.pid;
    if (other !== undefined) {
      this.tellTrouble(`a second supervisor, pid ${pid}, was refused`);
      link.refuse(`another supervisor, pid ${other}, is at work here`);
      return;
    }
    this.#supervisor = link;
    for (const { number, path, backlog } of this.#streams.values()) {
      link.send(FRAME.stream, { stream: number, offset: backlog.start, payload: path });
    }
    link.send(FRAME.welcome, { payload: String(process.pid), offset: PROTOCOL });
    this.#tellFigures();
  }

  #leave(link: SupervisorLink): void {
    this.#links.delete(link);
    if (this.#supervisor !== link) return;
    this.#supervisor = undefined;
    this.#aloneSinceMs = performance.now();
    for (const stream of this.#streams.values()) stream.sentTo = undefined;
  }

  #obey(link: SupervisorLink, frame: Frame): void {
    if (frame.kind === FRAME.open) this.#openStream(link, frame);
    else if (frame.kind === FRAME.stop) this.#stop();
    else this.#obeyAbout(this.#streamOf(frame), { link, frame });
  }

  #streamOf({ stream: number }: Frame): FifoStream {
    const stream = this.#streams.get(number);
    if (stream === undefined) throw new Error(`there is no stream ${number}`);
    return stream;
  }

  #obeyAbout(stream: FifoStream, { link, frame }: { link: SupervisorLink; frame: Frame }): void {
    switch (frame.kind) {
      case FRAME.from:
        this.#sendFrom(link, { stream, offset: frame.offset });
        break;
      case FRAME.acknowledge:
        assertHas(stream, frame.offset);
        stream.release(frame.offset);
        break;
      case FRAME.end:
        stream.end();
        break;
      case FRAME.close:
        this.#streams.delete(stream.number);
        stream.close();
        break;
      default:
        throw new Error(`there is no order ${frame.kind}`);
    }
  }

  #openStream(link: SupervisorLink, { stream: number, offset, payload }: Frame): void {
    if (this.#streams.has(number)) throw new Error(`the stream ${number} is there already`);
    const path = payload.toString('utf8');
    try {
      const stream = new FifoStream(
        { number, path, offset },
        {
          onData: (from) => this.#pass(from),
          onOver: (from) => this.#tellOver(from),
          onTrouble: (words) => this.tellTrouble(words),
        },
      );
      this.#streams.set(number, stream);
      stream.sentTo = offset;
      link.send(FRAME.opened, { stream: number });
    } catch (error) {
      link.send(FRAME.failed, { stream: number, payload: String(error) });
    }
  }

  #sendFrom(
    link: SupervisorLink,
    { stream, offset }: { stream: FifoStream; offset: number },
  ): void {
    assertHas(stream, offset);
    link.sendBytes(stream.number, { backlog: stream.backlog, offset });
    stream.sentTo = stream.backlog.end;
    if (stream.isOver) this.#tellOver(stream);
  }

  #pass(stream: FifoStream): void {
    const { number, sentTo, backlog } = stream;
    if (sentTo === undefined) return;
    this.#supervisor?.sendBytes(number, { backlog, offset: sentTo });
    stream.sentTo = backlog.end;
  }

  #tellOver({ number, sentTo, backlog }: FifoStream): void {
    if (sentTo === undefined) return;
    this.#supervisor?.send(FRAME.over, { stream: number, offset: backlog.end });
  }

  #stop(): void {
    if (this.#streams.size > 0) throw new Error('there are streams left');
    this.#options.onDone();
  }

  #tellFigures(): void {
    const streams = [...this.#streams.values()];
    const figures: ReaderFigures = {
      rssBytes: process.memoryUsage.rss(),
      heldBytes: streams.reduce((sum, { backlog }) => sum + backlog.bytes, 0),
      streams: streams.length,
    };
    this.#supervisor?.send(FRAME.figures, { payload: JSON.stringify(figures) });
  }

  /** Nobody may ever come: then it must not stay. */
  #look(): void {
    if (this.#supervisor !== undefined) return;
    const { idleMs = 10 * MINUTE_MS, abandonedMs = 24 * 60 * MINUTE_MS } = this.#options;
    const aloneMs = performance.now() - this.#aloneSinceMs;
    const isUnreachable = inodeOf(this.#options.socketPath) !== this.#inode;
    const patienceMs = this.#streams.size === 0 ? idleMs : abandonedMs;
    if (isUnreachable || aloneMs >= patienceMs) this.#options.onDone();
  }
}

function assertHas({ number, backlog: { start, end } }: FifoStream, offset: number): void {
  if (offset >= start && offset <= end) return;
  throw new Error(`stream ${number} has ${start} to ${end}, not ${offset}`);
}

/** 0 when there is no such file. */
function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

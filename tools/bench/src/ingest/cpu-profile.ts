/** Where a Node process spends its time: V8's sampling profiler, summed up by function. */
import { fileURLToPath } from 'node:url';

/** The part of a .cpuprofile that is read here; times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** Ids of the functions called. */
  readonly children?: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

export interface FunctionTime {
  readonly name: string;
  /** File below the repository with line, package, or Node's own module; empty for V8 itself. */
  readonly where: string;
  readonly ms: number;
  /** Of the time in which the process was not idle. */
  readonly share: number;
}

const IDLE = '(idle)';

/** The functions with the most time of their own, most first. */
export function topFunctions(profile: CpuProfile, count: number): FunctionTime[] {
  const places = placesOf(profile.nodes);
  const spent = new Map<string, { place: Place; us: number }>();
  let busyUs = 0;
  for (const [at, id] of profile.samples.entries()) {
    const place = places.get(id);
    if (place === undefined || place.name === IDLE) continue;
    const us = profile.timeDeltas[at] ?? 0;
    busyUs += us;
    const key = `${place.name} ${place.where}`;
    const known = spent.get(key) ?? { place, us: 0 };
    known.us += us;
    spent.set(key, known);
  }
  const longest = [...spent.values()].toSorted((a, b) => b.us - a.us).slice(0, count);
  return longest.map(({ place, us }) => ({ ...place, ms: us / 1000, share: us / busyUs }));
}

interface Place {
  readonly name: string;
  readonly where: string;
}

/** Native code, such as the writing of a string into a buffer, has no name: it goes by its caller's. */
function placesOf(nodes: readonly ProfileNode[]): Map<number, Place> {
  const callers = new Map(
    nodes.flatMap(({ callFrame, children = [] }) => children.map((id) => [id, callFrame] as const)),
  );
  return new Map(
    nodes.map(({ id, callFrame }) => {
      const isNative = callFrame.functionName === '' && callFrame.url === '';
      const caller = isNative ? callers.get(id) : undefined;
      if (caller === undefined) return [id, placeOf(callFrame)];
      const { name, where } = placeOf(caller);
      return [id, { name: `native code in ${name}`, where }];
    }),
  );
}

function placeOf({ functionName, url, lineNumber }: CallFrame): Place {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return { name, where: fileOf(url, lineNumber) };
}

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

function fileOf(url: string, lineNumber: number): string {
  if (url === '') return '';
  if (url.startsWith('node:')) return url;
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const module = path.lastIndexOf('node_modules/');
  if (module >= 0) return path.slice(module + 'node_modules/'.length);
  return `${path.startsWith(ROOT) ? path.slice(ROOT.length) : path}:${lineNumber + 1}`;
}

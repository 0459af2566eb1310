/** Values are compared by their leaves: text, numbers, booleans and null as `String` writes them. */
import type { EntryMetadata } from '@mcplog/log-entry';
import { foldCase } from './fold-case.ts';

/** True when any leaf below `value` contains `needle`, which is already folded. */
export function anyLeafContains(value: unknown, needle: string): boolean {
  // A stack of our own: the depth is chosen by whoever wrote the metadata.
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'object' && next !== null) {
      for (const inner of Object.values(next)) open.push(inner);
    } else if (foldCase(String(next)).includes(needle)) {
      return true;
    }
  }
  return false;
}

/**
 * True when the metadata holds `wanted` under `key`: exactly that key, or a path of nested objects
 * spelled with dots, any part of which may itself contain dots. A list matches by any element.
 */
export function metadataEquals(metadata: EntryMetadata, key: string, wanted: string): boolean {
  return pathEquals(metadata, key, wanted);
}

function pathEquals(holder: object, path: string, wanted: string): boolean {
  if (Object.hasOwn(holder, path) && leafEquals(innerOf(holder, path), wanted)) return true;
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(holder, head)) continue;
    const inner = innerOf(holder, head);
    if (typeof inner !== 'object' || inner === null) continue;
    if (pathEquals(inner, path.slice(dot + 1), wanted)) return true;
  }
  return false;
}

function leafEquals(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some((element) => isText(element, wanted));
  return isText(value, wanted);
}

function isText(value: unknown, wanted: string): boolean {
  return (typeof value !== 'object' || value === null) && String(value) === wanted;
}

function innerOf(holder: object, key: string): unknown {
  return (holder as Record<string, unknown>)[key];
}

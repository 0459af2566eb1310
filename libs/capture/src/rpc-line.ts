import type { FramedLine } from './line-framer.ts';
import { LINE_FLAGS } from './line-text.ts';
import { parseRpc, type RpcMessage } from './rpc-message.ts';
import type { RpcScanner } from './rpc-scanner.ts';

/** A line past the framer's limit was read by the scanner while it passed. */
export function readMessages(
  line: FramedLine,
  scanner: RpcScanner,
): readonly RpcMessage[] | undefined {
  if ((line.flags & LINE_FLAGS.cut) !== 0) return scanner.finish();
  const { text } = line;
  let at = 0;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++;
  const first = text.charCodeAt(at);
  return first === 0x7b || first === 0x5b ? parseRpc(text) : undefined;
}

/** True for the beginning of what {@link readMessages} would try to read. */
export function isMessageStart(open: Buffer): boolean {
  const first = open.find((byte) => byte !== 0x20 && byte !== 0x09);
  return first === 0x7b || first === 0x5b;
}

/**
 * Gives back what a buffer holds at once. The collector sees only its small handle and would let
 * hundreds of megabytes of blocks pile up before it comes by.
 *
 * Only for buffers that nobody looks at any more; those that share their memory are left alone.
 */
export function releaseMemory({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isOwn = byteOffset === 0 && byteLength * 2 > buffer.byteLength;
  if (isOwn && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}

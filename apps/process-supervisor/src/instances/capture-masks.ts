import type { CaptureSessionOptions, LineSieve, StreamName } from '@mcplog/capture';
import type { Masker } from '@mcplog/masking';

export interface CaptureMasks
  extends Required<Pick<CaptureSessionOptions, 'mask' | 'maskText' | 'passOver'>> {
  /** Of the same state as `maskText`. */
  readonly sieves: Readonly<Record<StreamName, LineSieve>>;
}

/** One state per stream: a secret or a private key may lie on several lines. */
export function captureMasks(masker: Masker): CaptureMasks {
  const streams = { stdout: masker.createLineMasker(), stderr: masker.createLineMasker() };
  return {
    mask: (text) => masker.mask(text),
    maskText: (stream, text, isCut) => streams[stream].maskLine(text, isCut),
    passOver: (stream, text) => streams[stream].passOver(text),
    sieves: streams,
  };
}

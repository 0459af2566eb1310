import { type Segment, segmentsOf } from './text-segments.ts';

/** A message as text nodes only: hidden marks are spelled out, masked spans and matches stand out. */
export function MessageText({ text, search }: { text: string; search: string }) {
  return (
    <>
      {segmentsOf(text, search).map((segment, at) => (
        <Piece key={`${at} ${segment.kind}`} {...segment} />
      ))}
    </>
  );
}

function Piece({ kind, text }: Segment) {
  switch (kind) {
    case 'text':
      return <>{text}</>;
    case 'match':
      return <mark>{text}</mark>;
    case 'control':
      return (
        <span class="control" title="A control or direction mark, spelled out">
          {text}
        </span>
      );
    case 'masked':
      return (
        <span class="masked" title={`Masked by the rule ${text}`}>
          {text}
        </span>
      );
  }
}

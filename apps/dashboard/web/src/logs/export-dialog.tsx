import type { ExportRequest } from '@mcplog/protocol';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isAborted } from '../api/client.ts';
import { startExport } from '../api/logs.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { InlineError } from '../ui/states.tsx';
import { byteWords } from '../ui/times.ts';
import type { Filters } from './query.ts';

type Format = ExportRequest['format'];

const FORMATS: readonly { format: Format; name: string; words: string }[] = [
  { format: 'json', name: 'JSON', words: 'every field, for programs' },
  { format: 'csv', name: 'CSV', words: 'for a spreadsheet' },
  { format: 'txt', name: 'Text', words: 'one line per entry, to read' },
  { format: 'zip', name: 'ZIP', words: 'compressed, for a large set' },
];

interface ExportDialogProps {
  readonly instanceId: string;
  readonly filters: Filters;
  readonly onClose: () => void;
}

/** Downloads what the current filters show, oldest first. */
export function ExportDialog({ instanceId, filters, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<Format>('json');
  const { bytes, error, start } = useDownload(instanceId, onClose);
  const given = Object.entries(filters);
  return (
    <Dialog title="Export" onClose={onClose}>
      <fieldset class="formats" disabled={bytes !== undefined}>
        <legend class="visually-hidden">Format</legend>
        {FORMATS.map((one) => (
          <label key={one.format} class="format">
            <input
              type="radio"
              name="format"
              checked={format === one.format}
              onChange={() => setFormat(one.format)}
            />
            <strong>{one.name}</strong>
            <span class="quiet">{one.words}</span>
          </label>
        ))}
      </fieldset>
      <p class="quiet">
        {given.length === 0 ? 'Every entry of this instance.' : 'Only entries with:'}
      </p>
      {given.length > 0 && (
        <ul class="export-filters">
          {given.map(([name, value]) => (
            <li key={name}>
              <code>
                {name} = {value}
              </code>
            </li>
          ))}
        </ul>
      )}
      {error !== undefined && <InlineError error={error} />}
      <div class="dialog-actions">
        {bytes !== undefined && <output class="quiet spacer">{byteWords(bytes)} received</output>}
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button primary"
          disabled={bytes !== undefined}
          onClick={() => start({ format, filters })}
        >
          <Icon name="download" /> {bytes === undefined ? 'Download' : 'Downloading…'}
        </button>
      </div>
    </Dialog>
  );
}

/** Closing the dialog ends the download. */
function useDownload(instanceId: string, onDone: () => void) {
  const [bytes, setBytes] = useState<number>();
  const [error, setError] = useState<unknown>();
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);
  const start = (body: ExportRequest) => {
    setBytes(0);
    setError(undefined);
    startExport(instanceId, body, abort.current.signal)
      .then((answer) => receive(answer, setBytes).then((blob) => save(blob, answer, body.format)))
      .then(onDone)
      .catch((reason: unknown) => {
        if (isAborted(reason)) return;
        setBytes(undefined);
        setError(reason);
      });
  };
  return { bytes, error, start };
}

async function receive(answer: Response, onBytes: (bytes: number) => void): Promise<Blob> {
  const parts: BlobPart[] = [];
  let bytes = 0;
  for await (const part of chunksOf(answer)) {
    parts.push(part);
    bytes += part.byteLength;
    onBytes(bytes);
  }
  return new Blob(parts);
}

async function* chunksOf(answer: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    yield part.value;
  }
}

function save(blob: Blob, answer: Response, format: Format): void {
  const disposition = answer.headers.get('content-disposition') ?? '';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = /filename="?([^";]+)"?/.exec(disposition)?.[1] ?? `logs.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

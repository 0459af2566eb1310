import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';

/** Copies `text()`; says so for two seconds. */
export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | undefined>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    copyText(text()).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  const said = { copied: 'Copied', refused: 'Copying was refused' };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{outcome ? said[outcome] : label}</span>
    </button>
  );
}

/** Plain HTTP on another machine has no clipboard API; there the old way still works. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('copy refused');
}

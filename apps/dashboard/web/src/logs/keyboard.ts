import { useEffect, useRef } from 'preact/hooks';

/** What each key does; keys are those of `KeyboardEvent.key`. */
export type KeyActions = Readonly<Record<string, () => void>>;

/** Binds single keys to the page, quiet while something is typed or a window is open. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
      const action = latest.current[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function isBusy({ key, target }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]')) return true;
  const typing = target instanceof HTMLElement && target.matches('input, textarea, select');
  if (typing && key === 'Escape') target.blur();
  return typing;
}

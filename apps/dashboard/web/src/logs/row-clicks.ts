import { useEffect, useRef } from 'preact/hooks';

/**
 * Lets a click anywhere on an entry's line open it. Listening on the list keeps the lines plain
 * text that can be selected; the keyboard has each line's own button.
 */
export function useRowClicks<Box extends HTMLElement>(onRow: (index: number) => void) {
  const box = useRef<Box>(null);
  const latest = useRef(onRow);
  latest.current = onRow;
  useEffect(() => {
    const element = box.current;
    const onClick = ({ target }: MouseEvent) => {
      if (!(target instanceof Element) || target.closest('button, a') !== null) return;
      if (getSelection()?.isCollapsed === false) return;
      const row = target.closest('.row-line')?.closest('li');
      if (row?.dataset.index !== undefined) latest.current(Number(row.dataset.index));
    };
    element?.addEventListener('click', onClick);
    return () => element?.removeEventListener('click', onClick);
  }, []);
  return box;
}

import { signal } from '@preact/signals';

/** `auto` follows the system. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT_AS = 'mcplog-theme';

export const theme = signal<Theme>(keptTheme());

/** Counts every change of the colours that are shown, whoever made it. */
export const paletteVersion = signal(0);

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  paletteVersion.value++;
});

export function setTheme(next: Theme): void {
  theme.value = next;
  try {
    localStorage.setItem(KEPT_AS, next);
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
  applyTheme();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = theme.value;
  paletteVersion.value++;
}

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return THEMES.find((known) => known === kept) ?? 'auto';
  } catch {
    return 'auto';
  }
}

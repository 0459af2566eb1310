import { setTheme, THEMES, theme } from '../theme.ts';
import { Icon } from './icons.tsx';

const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

/** Steps through the system's colours, light and dark. */
export function ThemeButton() {
  const now = theme.value;
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'auto';
  const label = `Colours: ${now}. Change to ${next}`;
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      onClick={() => setTheme(next)}
    >
      <Icon name={ICONS[now]} />
    </button>
  );
}

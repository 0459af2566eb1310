/** Line icons on a 16-pixel grid, drawn in the colour of their text. */
const PATHS = {
  play: 'M5 3.5v9l7-4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  restart: 'M12.8 8a4.8 4.8 0 1 1-1.5-3.5M12.5 2v3h-3',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  plus: 'M8 3v10M3 8h10',
  copy: 'M6 6V2.5h7.5V10H10M2.5 6H10v7.5H2.5z',
  check: 'M3 8.5l3.2 3.2L13 5',
  link: 'M7 9.2a2.6 2.6 0 0 0 3.8.1l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9 6.8a2.6 2.6 0 0 0-3.8-.1l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M6 4l4 4-4 4',
  down: 'M8 3v9M4.5 8.5L8 12l3.5-3.5',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  wrap: 'M2.5 4h11M2.5 8h8.2a2 2 0 0 1 0 4H8M9.5 10.3L7.8 12l1.7 1.7M2.5 12H5',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.2M8 11.3v.1',
  plug: 'M6 2.5V5M10 2.5V5M4.5 5h7v2.5a3.5 3.5 0 0 1-7 0zM8 11v2.5',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  moon: 'M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5.5h4.5M8 8h6M8 10.5h4.5',
  logout: 'M6.5 13.5h-4v-11h4M10.5 11l3-3-3-3M13.5 8H6',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.1',
  filter: 'M2.5 3.5h11L9.5 8.3v4.2l-3-1.5V8.3z',
  context: 'M2.5 4h11M2.5 12h11M2.5 7h11v2h-11z',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

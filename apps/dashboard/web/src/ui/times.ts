/** Times and sizes in words; local time zone, 24 hours. */

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

/** `14:03:27.512` of an ISO time. */
export function clockTime(iso: string): string {
  const at = new Date(iso);
  const seconds = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${seconds}.${pad(at.getMilliseconds(), 3)}`;
}

/** `2026-11-23` of an ISO time, as the clock on the wall has it. */
export function calendarDay(iso: string): string {
  const at = new Date(iso);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** `2026-11-23 14:03:27` of milliseconds since 1970. */
export function fullTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${calendarDay(iso)} ${clockTime(iso).slice(0, 8)}`;
}

/** `12 s`, `5 min`, `3 h`, `4 d` for a span in milliseconds. */
export function spanWords(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function agoWords(iso: string): string {
  return `${spanWords(Date.now() - Date.parse(iso))} ago`;
}

/** `1.5 MB`; powers of 1000, as disks are sold. */
export function byteWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** step;
  return `${value.toFixed(value < 10 && step > 0 ? 1 : 0)} ${units[step]}`;
}

/** `12,345`. */
export function countWords(count: number): string {
  return count.toLocaleString('en-US');
}

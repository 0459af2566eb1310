/** A moment as part of a file name that sorts by time: `20250713T153000123Z`. */
export function timestampName(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:.]/g, '');
}

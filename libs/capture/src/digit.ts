/** ASCII; of a byte or a UTF-16 unit, `undefined` or NaN behind the end. */
export function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

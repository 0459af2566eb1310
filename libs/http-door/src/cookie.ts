/** RFC 6265 4.2.1 cookie-pairs, no more: no quotes taken off, no percent-decoding. */
const COOKIE_OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * The value of the one cookie of that name. Undefined when there is none, when its value holds
 * characters RFC 6265 forbids, and when the name comes twice: then somebody planted one of them
 * for another path or domain, and which one is ours cannot be told.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value && COOKIE_OCTETS.test(value) ? value : undefined;
}

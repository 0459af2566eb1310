/** What a user id, an instance id and a service name look like; safe as one path segment. */
export const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$';

const ID = new RegExp(ID_PATTERN);

/** True for text that may name a user, an instance or a service. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

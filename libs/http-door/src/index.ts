import './fastify-types.ts';

export {
  type AccessEvent,
  type AccessOutcome,
  type AccessTarget,
  authorize,
  subjectOf,
} from './access.ts';
export type { RequestSubject, SessionFinder } from './authentication.ts';
export type { DoorApp, HttpDoor, HttpDoorOptions, RateLimit } from './door-options.ts';
export { createHttpDoor } from './http-door.ts';
export type { LimitBackend } from './limit-store.ts';
export { reportAccess } from './reports.ts';

export {
  type Action,
  type Decision,
  decide,
  INSTANCE_ACTIONS,
  type InstanceAction,
  type OwnedObject,
  SUBJECT_ROLES,
  type Subject,
  type SubjectRole,
  SYSTEM_ACTIONS,
  type SystemAction,
} from './decide.ts';
export { loadOrCreateMasterKey } from './master-key.ts';
export { DUMMY_HASH, generatePassword, hashPassword, verifyPassword } from './password.ts';
export { createSealer, SealError, type Sealer, type SealProblem } from './sealer.ts';
export { newToken, tokenKey } from './token.ts';

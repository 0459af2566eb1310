/**
 * Who may do what. One table, one pure function; every door calls it and nothing else decides.
 *
 * | action on an instance     | own   | foreign: user | foreign: auditor | foreign: admin |
 * |---------------------------|-------|---------------|------------------|----------------|
 * | instance.read             | allow | hide          | allow            | allow          |
 * | instance.change, mcp.use  | allow | hide          | deny             | deny           |
 * | logs.read, .export, .tail | allow | hide          | allow            | deny           |
 * | logs.ingest               | allow | hide          | deny             | deny           |
 *
 * An administrator sees that an instance exists (metadata) but not what it logged: bodies need the
 * auditor role. Whoever may not even know of an instance gets `hide`, which a door answers exactly
 * as it answers an instance that does not exist.
 *
 * | action on the system          | user | auditor | admin |
 * |-------------------------------|------|---------|-------|
 * | session.use (own account)     | allow | allow | allow |
 * | catalogue.read                | allow | allow | allow |
 * | audit.read                    | deny  | allow | allow |
 * | admin.read, admin.change      | deny  | deny  | allow |
 * | systemLogs.read, .tail        | deny  | deny  | allow |
 */
export const SUBJECT_ROLES = ['user', 'auditor', 'admin'] as const;
export type SubjectRole = (typeof SUBJECT_ROLES)[number];

export type Decision = 'allow' | 'deny' | 'hide';

export interface Subject {
  readonly userId: string;
  readonly role: SubjectRole;
}

/** What an instance action is about. */
export interface OwnedObject {
  readonly ownerId: string;
}

type ByRole = Readonly<Record<SubjectRole, Decision>>;

const HIDDEN: ByRole = { user: 'hide', auditor: 'deny', admin: 'deny' };
const BODIES: ByRole = { user: 'hide', auditor: 'allow', admin: 'deny' };
const EVERYBODY: ByRole = { user: 'allow', auditor: 'allow', admin: 'allow' };
const ADMIN_ONLY: ByRole = { user: 'deny', auditor: 'deny', admin: 'allow' };

/** What somebody who is not the owner gets; the owner gets `allow` for all of these. */
const FOREIGN_INSTANCE = {
  'instance.read': { user: 'hide', auditor: 'allow', admin: 'allow' },
  'instance.change': HIDDEN,
  'mcp.use': HIDDEN,
  'logs.read': BODIES,
  'logs.export': BODIES,
  'logs.tail': BODIES,
  'logs.ingest': HIDDEN,
} as const satisfies Record<string, ByRole>;

const SYSTEM = {
  'session.use': EVERYBODY,
  'catalogue.read': EVERYBODY,
  'audit.read': { user: 'deny', auditor: 'allow', admin: 'allow' },
  'admin.read': ADMIN_ONLY,
  'admin.change': ADMIN_ONLY,
  'systemLogs.read': ADMIN_ONLY,
  'systemLogs.tail': ADMIN_ONLY,
} as const satisfies Record<string, ByRole>;

export type InstanceAction = keyof typeof FOREIGN_INSTANCE;
export type SystemAction = keyof typeof SYSTEM;
export type Action = InstanceAction | SystemAction;

export const INSTANCE_ACTIONS = Object.keys(FOREIGN_INSTANCE) as readonly InstanceAction[];
export const SYSTEM_ACTIONS = Object.keys(SYSTEM) as readonly SystemAction[];

/**
 * May the subject do this? An instance action without an object is about an instance that does not
 * exist: `hide`. Roles and actions that are not in the table are refused.
 */
export function decide(subject: Subject, action: Action, object?: OwnedObject): Decision {
  if (isSystemAction(action)) return ofRole(SYSTEM[action], subject.role) ?? 'deny';
  if (object === undefined || !Object.hasOwn(FOREIGN_INSTANCE, action)) return 'hide';
  const foreign = ofRole(FOREIGN_INSTANCE[action], subject.role);
  if (foreign === undefined) return 'hide';
  return object.ownerId === subject.userId ? 'allow' : foreign;
}

function isSystemAction(action: Action): action is SystemAction {
  return Object.hasOwn(SYSTEM, action);
}

function ofRole(row: ByRole, role: SubjectRole): Decision | undefined {
  return Object.hasOwn(row, role) ? row[role] : undefined;
}

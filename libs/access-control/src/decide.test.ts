import { describe, expect, it } from 'vitest';
import {
  type Action,
  type Decision,
  decide,
  INSTANCE_ACTIONS,
  SUBJECT_ROLES,
  type Subject,
  type SubjectRole,
  SYSTEM_ACTIONS,
} from './decide.ts';

/** Written out by hand from the design, so that a slip in the table shows. Order: user auditor admin. */
const FOREIGN: Record<string, [Decision, Decision, Decision]> = {
  'instance.read': ['hide', 'allow', 'allow'],
  'instance.change': ['hide', 'deny', 'deny'],
  'mcp.use': ['hide', 'deny', 'deny'],
  'logs.read': ['hide', 'allow', 'deny'],
  'logs.export': ['hide', 'allow', 'deny'],
  'logs.tail': ['hide', 'allow', 'deny'],
  'logs.ingest': ['hide', 'deny', 'deny'],
};
const ON_SYSTEM: Record<string, [Decision, Decision, Decision]> = {
  'session.use': ['allow', 'allow', 'allow'],
  'catalogue.read': ['allow', 'allow', 'allow'],
  'audit.read': ['deny', 'allow', 'allow'],
  'admin.read': ['deny', 'deny', 'allow'],
  'admin.change': ['deny', 'deny', 'allow'],
  'systemLogs.read': ['deny', 'deny', 'allow'],
  'systemLogs.tail': ['deny', 'deny', 'allow'],
};

const subject = (role: SubjectRole): Subject => ({ userId: 'u1', role });
const own = { ownerId: 'u1' };
const foreign = { ownerId: 'u2' };

describe.each(SUBJECT_ROLES)('%s', (role) => {
  const column = SUBJECT_ROLES.indexOf(role);

  it.each(INSTANCE_ACTIONS)('%s: allowed on own, as the table says on foreign', (action) => {
    expect(decide(subject(role), action, own)).toBe('allow');
    expect(decide(subject(role), action, foreign)).toBe(FOREIGN[action]?.[column]);
  });

  it.each(INSTANCE_ACTIONS)('%s on an instance that does not exist is hidden', (action) => {
    expect(decide(subject(role), action)).toBe('hide');
  });

  it.each(SYSTEM_ACTIONS)('%s is as the table says, whatever object comes along', (action) => {
    expect(decide(subject(role), action)).toBe(ON_SYSTEM[action]?.[column]);
    expect(decide(subject(role), action, own)).toBe(ON_SYSTEM[action]?.[column]);
  });

  it.each(['', 'logs.erase', '__proto__', 'constructor', 'toString'])(
    'the unknown action "%s" is never allowed',
    (action) => {
      expect(decide(subject(role), action as Action, own)).toBe('hide');
      expect(decide(subject(role), action as Action)).toBe('hide');
    },
  );
});

it.each(['', 'root', '__proto__', 'constructor'])(
  'the unknown role "%s" may do nothing',
  (role) => {
    for (const action of [...INSTANCE_ACTIONS, ...SYSTEM_ACTIONS]) {
      expect(decide(subject(role as SubjectRole), action, own)).not.toBe('allow');
    }
  },
);

it('to an ordinary user a foreign instance and a missing one are the same', () => {
  for (const action of INSTANCE_ACTIONS) {
    expect(decide(subject('user'), action, foreign)).toBe(decide(subject('user'), action));
  }
});

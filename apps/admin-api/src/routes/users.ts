import { authorize } from '@mcplog/http-door';
import { ID_PATTERN } from '@mcplog/log-entry';
import {
  CreateUserRequest,
  McplogError,
  PASSWORD_CHARS_MIN,
  type UserRecord,
  UserView,
} from '@mcplog/protocol';
import { Type } from 'typebox';
import { viewOf } from '../accounts.ts';
import type { Api } from '../api.ts';

const tags = ['users'];
const UserParams = Type.Object({ userId: Type.String({ pattern: ID_PATTERN }) });
const SetPasswordRequest = Type.Object(
  { password: Type.String({ minLength: PASSWORD_CHARS_MIN, maxLength: 1024 }) },
  { additionalProperties: false },
);

/** Administrators make, list and delete users and give new passwords. */
export function addUserRoutes(api: Api): void {
  const { app, accounts, tell } = api;

  app.get(
    '/api/v1/admin/users',
    {
      schema: { tags, response: { 200: Type.Object({ data: Type.Array(UserView) }) } },
      config: { action: 'admin.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      return { data: accounts.list().map(viewOf) };
    },
  );

  app.post(
    '/api/v1/admin/users',
    {
      schema: {
        tags,
        body: CreateUserRequest,
        response: { 201: Type.Object({ data: UserView }) },
      },
      config: { action: 'admin.change' },
    },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const user = await accounts.create(request.body);
      tell('audit', request, {
        event: 'user_created',
        message: `user ${user.username} was made with the role ${user.role}`,
        facts: factsOf(user),
      });
      return reply.code(201).send({ data: viewOf(user) });
    },
  );

  app.delete(
    '/api/v1/admin/users/:userId',
    { schema: { tags, params: UserParams }, config: { action: 'admin.change' } },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const user = existing(api, request.params.userId);
      assertDeletable(api, user);
      await accounts.delete(user);
      tell('audit', request, {
        event: 'user_deleted',
        message: `user ${user.username} was deleted`,
        facts: factsOf(user),
      });
      return reply.code(204).send();
    },
  );

  app.put(
    '/api/v1/admin/users/:userId/password',
    {
      schema: { tags, params: UserParams, body: SetPasswordRequest },
      config: { action: 'admin.change' },
    },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const user = existing(api, request.params.userId);
      await accounts.setPassword(user.id, request.body.password);
      const sessionsEnded = await accounts.endSessionsOf(user.id);
      tell('audit', request, {
        event: 'user_password_set',
        message: `user ${user.username} was given a new password`,
        facts: { ...factsOf(user), sessionsEnded },
      });
      return reply.code(204).send();
    },
  );
}

function existing({ accounts }: Api, userId: string): UserRecord {
  const user = accounts.find(userId);
  if (user === undefined) throw new McplogError('MCPLOG_NOT_FOUND', `there is no user ${userId}`);
  return user;
}

/** @throws McplogError 409 while instances would lose their owner or mcplog its last administrator */
function assertDeletable({ accounts, registry }: Api, user: UserRecord): void {
  const owned = registry.instances.list().filter(({ userId }) => userId === user.id);
  if (owned.length > 0) {
    throw new McplogError(
      'MCPLOG_CONFLICT',
      `${user.username} still owns ${owned.length} instances; delete those first`,
      owned.slice(0, 20).map(({ id }) => ({ path: 'instances', problem: id })),
    );
  }
  const otherAdmins = accounts.list().some(({ id, role }) => role === 'admin' && id !== user.id);
  if (user.role === 'admin' && !otherAdmins) {
    throw new McplogError('MCPLOG_CONFLICT', 'the last administrator cannot be deleted');
  }
}

function factsOf({ id, username, role }: UserRecord): Record<string, unknown> {
  return { targetUserId: id, targetUsername: username, targetRole: role };
}

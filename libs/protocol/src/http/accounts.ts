/** Login and users. */
import { type Static, Type } from 'typebox';
import { Role } from '../records.ts';

export const SESSION_COOKIE = 'mcplog_session';
export const PASSWORD_CHARS_MIN = 12;

export const LoginRequest = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 128 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
    otp: Type.Optional(Type.String({ maxLength: 32 })),
  },
  { additionalProperties: false },
);
export type LoginRequest = Static<typeof LoginRequest>;

export const UserView = Type.Object({
  id: Type.String(),
  username: Type.String(),
  role: Role,
  created_at: Type.Optional(Type.String()),
});
export type UserView = Static<typeof UserView>;

export const LoginAnswer = Type.Object({
  data: Type.Object({ token: Type.String(), expires_at: Type.String(), user: UserView }),
});
export type LoginAnswer = Static<typeof LoginAnswer>;

export const CreateUserRequest = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\s\\x00-\\x1f]+$' }),
    password: Type.String({ minLength: PASSWORD_CHARS_MIN, maxLength: 1024 }),
    role: Role,
  },
  { additionalProperties: false },
);
export type CreateUserRequest = Static<typeof CreateUserRequest>;

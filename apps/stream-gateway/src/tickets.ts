import { newToken, tokenKey } from '@mcplog/access-control';
import type { RequestSubject } from '@mcplog/http-door';
import type { SessionRecord, TicketRecord } from '@mcplog/protocol';
import type { Table } from '@mcplog/registry';

const TICKET_MS = 30_000;
/** What a ticket for the system logs names in place of an instance. */
export const SYSTEM_TICKET = 'system';

export interface TicketTables {
  readonly tickets: Table<TicketRecord>;
  readonly sessions: Table<SessionRecord>;
}

/** A ticket stands for a session in a URL: good once, for one tail, within 30 s. */
export async function issueTicket(
  { tickets }: TicketTables,
  subject: RequestSubject,
  instanceId: string,
): Promise<string> {
  const ticket = newToken();
  await tickets.create(tokenKey(ticket), {
    userId: subject.userId,
    instanceId,
    sessionKey: subject.sessionKey,
    expiresAt: new Date(Date.now() + TICKET_MS).toISOString(),
  });
  return ticket;
}

/** Whose ticket it was; undefined when it is unknown, used, too old, or for something else. */
export async function redeemTicket(
  { tickets, sessions }: TicketTables,
  ticket: string,
  instanceId: string,
): Promise<RequestSubject | undefined> {
  const record = await tickets.take(tokenKey(ticket));
  if (record === undefined || record.instanceId !== instanceId) return undefined;
  const session = sessions.get(record.sessionKey);
  const now = new Date().toISOString();
  if (session === undefined || record.expiresAt < now || session.expiresAt < now) return undefined;
  const { userId, username, role } = session;
  return { userId, username, role, sessionKey: record.sessionKey };
}

import type { CreateUserRequest, UserView } from '@mcplog/protocol';
import { useState } from 'preact/hooks';
import { createUser, listUsers } from '../api/administration.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { Failure, InlineError, Loading } from '../ui/states.tsx';
import { agoWords } from '../ui/times.ts';
import { useAnswer } from '../ui/use-answer.ts';

/** The same number as the API's lower limit; the API has the last word. */
const PASSWORD_CHARS_MIN = 12;

const ROLE_WORDS: Record<UserView['role'], string> = {
  user: 'User: own instances and their logs',
  auditor: 'Auditor: may read the logs of others, audited',
  admin: 'Administrator: users, catalogue and system',
};

export function UsersPage() {
  const { data, error, ask } = useAnswer(listUsers);
  const [adding, setAdding] = useState(false);
  return (
    <div class="page narrow">
      <title>Users · mcplog</title>
      <div class="page-head">
        <h1>Users</h1>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          <Icon name="plus" /> New user
        </button>
      </div>
      {error !== undefined && <Failure error={error} retry={ask} />}
      {data === undefined && error === undefined && <Loading what="users" />}
      {data && (
        <ul class="panel users" aria-label="Users">
          {data.map((one) => (
            <UserLine key={one.id} user={one} />
          ))}
        </ul>
      )}
      {adding && <NewUser onClose={() => setAdding(false)} onMade={ask} />}
    </div>
  );
}

function UserLine({ user }: { user: UserView }) {
  return (
    <li class="user-line">
      <strong>{user.username}</strong>
      <span class={`role ${user.role}`}>{user.role}</span>
      <code class="quiet">{user.id}</code>
      <span class="quiet">{user.created_at && `since ${agoWords(user.created_at)}`}</span>
    </li>
  );
}

function NewUser({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    createUser(readForm(event.currentTarget as HTMLFormElement)).then(
      () => {
        onMade();
        onClose();
      },
      (reason: unknown) => {
        setError(reason);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog title="New user" onClose={onClose}>
      <form onSubmit={submit}>
        <label class="field">
          <span>Username</span>
          <input name="username" required maxLength={128} pattern="\S+" autocomplete="off" />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            required
            minLength={PASSWORD_CHARS_MIN}
            maxLength={1024}
            autocomplete="new-password"
          />
          <small>At least {PASSWORD_CHARS_MIN} characters.</small>
        </label>
        <label class="field">
          <span>Role</span>
          <select name="role">
            {Object.entries(ROLE_WORDS).map(([role, words]) => (
              <option key={role} value={role}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {error !== undefined && <InlineError error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            Create user
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function readForm(form: HTMLFormElement): CreateUserRequest {
  const data = new FormData(form);
  return {
    username: String(data.get('username')),
    password: String(data.get('password')),
    role: String(data.get('role')) as UserView['role'],
  };
}

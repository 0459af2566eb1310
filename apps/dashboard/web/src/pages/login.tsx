import { useState } from 'preact/hooks';
import { logIn } from '../session.ts';
import { InlineError } from '../ui/states.tsx';
import { ThemeButton } from '../ui/theme-button.tsx';

/** Asks for name and password; the page behind appears in place once they are right. */
export function LoginPage() {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    logIn({ username: String(form.get('username')), password: String(form.get('password')) }).catch(
      (reason: unknown) => {
        setError(reason);
        setBusy(false);
      },
    );
  };
  return (
    <main class="login">
      <form class="login-card" onSubmit={submit}>
        <div class="login-brand">
          <span class="brand-mark" aria-hidden="true" />
          <h1>mcplog</h1>
          <ThemeButton />
        </div>
        <p class="login-lead">Logs of your MCP servers: every call, every line, as it happens.</p>
        <label class="field">
          <span>Username</span>
          <input name="username" autocomplete="username" required maxLength={128} />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={1024}
          />
        </label>
        {error !== undefined && <InlineError error={error} />}
        <button type="submit" class="button primary wide" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </main>
  );
}

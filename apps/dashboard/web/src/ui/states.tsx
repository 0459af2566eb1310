import type { ComponentChildren } from 'preact';
import { ApiError, wordsOf } from '../api/client.ts';
import { Icon, type IconName } from './icons.tsx';

/** A calm page-filling note: nothing here, not allowed, or not working. */
export function Notice(props: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  tone?: 'plain' | 'bad';
}) {
  return (
    <div
      class={`notice ${props.tone ?? 'plain'}`}
      role={props.tone === 'bad' ? 'alert' : undefined}
    >
      <span class="notice-icon">
        <Icon name={props.icon} />
      </span>
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div class="loading" role="status">
      <span class="loading-bar" aria-hidden="true" />
      Loading {what}…
    </div>
  );
}

/** An error where content should be, with its code and a way to try again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error instanceof ApiError && error.status === 403) return <NoPermission error={error} />;
  if (error instanceof ApiError && error.status === 404) return <NotThere error={error} />;
  const lost = error instanceof ApiError && (error.status === 0 || error.status === 503);
  const refused = error instanceof ApiError && error.status === 400;
  const title = lost ? 'Not available right now' : refused ? 'Not understood' : 'That did not work';
  return (
    <Notice icon="warning" tone="bad" title={title}>
      <p class="notice-words">{wordsOf(error)}</p>
      {error instanceof ApiError && <ErrorDetails error={error} />}
      {retry && !refused && (
        <button type="button" class="button" onClick={retry}>
          <Icon name="restart" /> Try again
        </button>
      )}
    </Notice>
  );
}

function NotThere({ error }: { error: ApiError }) {
  return (
    <Notice icon="search" title="Not found">
      <p>{error.message}. It may have been deleted, or belongs to somebody else.</p>
      <a class="button" href="/">
        To your instances
      </a>
    </Notice>
  );
}

/** One line about an error, inside a form or a dialog. */
export function InlineError({ error }: { error: unknown }) {
  return (
    <div class="inline-error" role="alert">
      <Icon name="warning" />
      <span>
        {wordsOf(error)}
        {error instanceof ApiError && error.details.map((one) => <small key={one}>{one}</small>)}
      </span>
    </div>
  );
}

export function NoPermission({ error }: { error?: ApiError }) {
  return (
    <Notice icon="warning" title="This page is for administrators">
      <p>{error?.message ?? 'Your account has no permission to see it.'}</p>
      <a class="button" href="/">
        To your instances
      </a>
    </Notice>
  );
}

function ErrorDetails({ error }: { error: ApiError }) {
  return (
    <>
      {error.details.length > 0 && (
        <ul class="notice-details">
          {error.details.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      <p class="code">{error.code}</p>
    </>
  );
}

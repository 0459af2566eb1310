import { Notice } from '../ui/states.tsx';

export function NotFoundPage() {
  return (
    <Notice icon="search" title="There is no such page">
      <p>The address may be old or mistyped.</p>
      <a class="button" href="/">
        To your instances
      </a>
    </Notice>
  );
}

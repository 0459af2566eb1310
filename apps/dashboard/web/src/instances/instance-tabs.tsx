/** The views of one instance. */
export function InstanceTabs({
  instanceId,
  current,
}: {
  instanceId: string;
  current: 'log' | 'calls';
}) {
  const tab = (name: 'log' | 'calls', href: string, words: string) => (
    <a href={href} aria-current={current === name ? 'page' : undefined}>
      {words}
    </a>
  );
  return (
    <nav class="instance-tabs" aria-label="Views of this instance">
      {tab('log', `/instances/${instanceId}`, 'Log')}
      {tab('calls', `/instances/${instanceId}/calls`, 'Calls')}
    </nav>
  );
}

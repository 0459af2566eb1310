import type { InstanceView } from '@mcplog/protocol';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** How an MCP client reaches an instance. */
export function ConnectDialog({
  instance,
  onClose,
}: {
  instance: InstanceView;
  onClose: () => void;
}) {
  const url = `${location.origin}/mcp/${instance.id}`;
  const settings = JSON.stringify(
    {
      mcpServers: {
        [instance.name]: { type: 'http', url, headers: { Authorization: 'Bearer <token>' } },
      },
    },
    undefined,
    2,
  );
  return (
    <Dialog title={`Connect to ${instance.name}`} onClose={onClose}>
      <p>
        This instance speaks MCP Streamable HTTP at its own address. Every call that a client makes
        there is logged.
      </p>
      <div class="copy-line">
        <code>{url}</code>
        <CopyButton label="Copy address" text={() => url} />
      </div>
      <h3>For clients with a settings file</h3>
      <pre class="code-block as-is">{settings}</pre>
      <div class="dialog-actions start">
        <CopyButton label="Copy settings" text={() => settings} />
      </div>
      <p class="quiet">
        The token is the <code>token</code> in the answer of <code>POST /api/v1/auth/login</code>.
        Whoever holds it acts as you.
      </p>
      <div class="dialog-actions">
        <a class="button primary" href={`/instances/${instance.id}`} onClick={onClose}>
          Open the log
        </a>
      </div>
    </Dialog>
  );
}

import type { InstanceView } from '@mcplog/protocol';
import { useState } from 'preact/hooks';
import { deleteInstance } from '../api/instances.ts';
import { Dialog } from '../ui/dialog.tsx';
import { InlineError } from '../ui/states.tsx';

/** Asks once more, says what is lost, then deletes. */
export function DeleteInstance(props: {
  instance: InstanceView;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const { instance, onClose, onDeleted } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const remove = () => {
    setBusy(true);
    deleteInstance(instance.id).then(
      () => {
        onDeleted();
        onClose();
      },
      (reason: unknown) => {
        setError(reason);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog title={`Delete ${instance.name}?`} onClose={onClose}>
      <p>
        The server <strong>{instance.name}</strong> ({instance.service}) is stopped and its address
        stops working. Its log files stay until their retention ends.
      </p>
      {error !== undefined && <InlineError error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={remove}>
          {busy ? 'Deleting…' : 'Delete instance'}
        </button>
      </div>
    </Dialog>
  );
}

import type { InstanceView } from '@mcplog/protocol';
import { useState } from 'preact/hooks';
import { type CatalogueView, createInstance, listCatalogue } from '../api/instances.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Failure, InlineError, Loading } from '../ui/states.tsx';
import { useAnswer } from '../ui/use-answer.ts';

interface Props {
  readonly onClose: () => void;
  readonly onMade: (instance: InstanceView) => void;
}

/** Makes an instance from a catalogue item; secrets are typed into hidden fields. */
export function NewInstance({ onClose, onMade }: Props) {
  const { data, error, ask } = useAnswer(listCatalogue);
  return (
    <Dialog title="New instance" onClose={onClose}>
      {error !== undefined && <Failure error={error} retry={ask} />}
      {data === undefined && error === undefined && <Loading what="the catalogue" />}
      {data?.length === 0 && (
        <p>The catalogue is empty. An administrator has to add an MCP server to it first.</p>
      )}
      {data && data.length > 0 && <InstanceForm items={data} onClose={onClose} onMade={onMade} />}
    </Dialog>
  );
}

function InstanceForm({ items, onClose, onMade }: Props & { items: readonly CatalogueView[] }) {
  const [service, setService] = useState(items[0]?.service ?? '');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const item = items.find((one) => one.service === service);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    createInstance(readForm(event.currentTarget as HTMLFormElement, service)).then(
      onMade,
      (reason: unknown) => {
        setError(reason);
        setBusy(false);
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <label class="field">
        <span>Server</span>
        <select value={service} onChange={(event) => setService(event.currentTarget.value)}>
          {items.map((one) => (
            <option key={one.service} value={one.service}>
              {one.service}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>
          Name <em>optional</em>
        </span>
        <input name="name" maxLength={128} placeholder={service} autocomplete="off" />
      </label>
      {item && <EnvFields key={service} env={item.env} />}
      {error !== undefined && <InlineError error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Starting…' : 'Create and start'}
        </button>
      </div>
    </form>
  );
}

function EnvFields({ env }: { env: CatalogueView['env'] }) {
  return (
    <>
      {Object.entries(env).map(([name, { secret, required }]) => (
        <div key={name} class="field">
          <label for={`env.${name}`}>
            <code>{name}</code> {!required && <em>optional</em>}
          </label>
          {secret ? (
            <input type="password" autocomplete="new-password" {...inputOf(name, required)} />
          ) : (
            <input type="text" autocomplete="off" {...inputOf(name, required)} />
          )}
          {secret && <small>Kept encrypted, and masked wherever the server prints it.</small>}
        </div>
      ))}
    </>
  );
}

function inputOf(name: string, required: boolean) {
  const field = `env.${name}`;
  return { id: field, name: field, required, spellcheck: false, maxLength: 32_768 };
}

function readForm(form: HTMLFormElement, service: string) {
  const env: Record<string, string> = {};
  for (const [field, value] of new FormData(form)) {
    const given = String(value);
    if (field.startsWith('env.') && given !== '') env[field.slice('env.'.length)] = given;
  }
  const name = String(new FormData(form).get('name') ?? '').trim();
  return { service, env, ...(name === '' ? {} : { name }) };
}

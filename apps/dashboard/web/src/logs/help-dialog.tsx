import { Dialog } from '../ui/dialog.tsx';

const KEYS = [
  ['/', 'search'],
  ['j  k', 'next, previous entry'],
  ['e', 'open or close the entry'],
  ['f', 'follow the newest, or stop'],
  ['w', 'wrap long lines'],
  ['Esc', 'leave the search, drop the selection'],
  ['?', 'this page'],
] as const;

const WORDS = [
  ['connection refused', 'this text, in any case, in the message or any field'],
  ['/time.?out/', 'regular expression (RE2) over the message'],
  ['level:error,warn', 'these levels; level:warn+ is warn and above'],
  ['file:access', 'app, access or error'],
  ['type:stderr', 'stdout, stderr, system or http'],
  ['tool:get_file', 'calls of this tool; also method: and outcome:'],
  ['meta.key:value', 'any field; values with spaces in "quotes"'],
] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Search and keys" onClose={onClose}>
      <h3>Search</h3>
      <dl class="help">
        {WORDS.map(([typed, words]) => (
          <div key={typed}>
            <dt>
              <code>{typed}</code>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">Everything must hold at once. Click a value in an open entry to add it.</p>
      <h3>Keys</h3>
      <dl class="help">
        {KEYS.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

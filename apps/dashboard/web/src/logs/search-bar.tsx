import { LEVELS } from '@mcplog/log-entry';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/icons.tsx';
import { levelsOf, withTerm } from './query.ts';

/** Long enough for a word to be finished, short enough to feel at once. */
const PAUSE_MS = 250;

interface SearchBarProps {
  readonly query: string;
  readonly problems: readonly string[];
  readonly levels?: readonly string[];
  readonly placeholder: string;
  readonly onQuery: (query: string) => void;
}

/** The search box with its level chips; both write the same query. */
export function SearchBar({ query, problems, placeholder, onQuery, ...props }: SearchBarProps) {
  const chosen = levelsOf(query);
  const toggle = (level: string) => {
    const next = chosen.includes(level)
      ? chosen.filter((one) => one !== level)
      : [...chosen, level];
    onQuery(withTerm(query, 'level', next.length > 0 ? next.join(',') : undefined));
  };
  return (
    <search class="search-bar">
      <SearchBox
        query={query}
        placeholder={placeholder}
        invalid={problems.length > 0}
        onQuery={onQuery}
      />
      <fieldset class="chips">
        <legend class="visually-hidden">Levels</legend>
        {(props.levels ?? LEVELS).map((level) => (
          <button
            key={level}
            type="button"
            class={`chip level-${level}`}
            aria-pressed={chosen.includes(level)}
            onClick={() => toggle(level)}
          >
            <span class="chip-dot" aria-hidden="true" />
            {level}
          </button>
        ))}
      </fieldset>
      <div class="search-problems" role="status">
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    </search>
  );
}

interface SearchBoxProps {
  readonly query: string;
  readonly placeholder: string;
  readonly invalid: boolean;
  readonly onQuery: (query: string) => void;
}

function SearchBox({ query, placeholder, invalid, onQuery }: SearchBoxProps) {
  const [text, setText] = useState(query);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    clearTimeout(timer.current);
    setText(query);
  }, [query]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onQuery(next), PAUSE_MS);
  };
  const submit = (next: string) => {
    clearTimeout(timer.current);
    setText(next);
    onQuery(next);
  };
  return (
    <div class={`search-box${invalid ? ' invalid' : ''}`}>
      <Icon name="search" />
      <input
        id="search"
        type="text"
        value={text}
        placeholder={placeholder}
        aria-label="Search"
        aria-invalid={invalid}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={2048}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && submit(text)}
      />
      {text === '' ? (
        <kbd>/</kbd>
      ) : (
        <button
          type="button"
          class="icon-button"
          aria-label="Clear search"
          onClick={() => submit('')}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

import { defineSettings, pathSetting } from '@mcplog/service-host';
import { Type } from 'typebox';

const GIB = 2 ** 30;

/** How servers are kept apart, and what each may use. */
export const CHILD_SETTINGS = defineSettings({
  isolation: {
    env: 'MCPLOG_ISOLATION',
    schema: Type.Enum(['auto', 'required', 'off']),
    default: 'auto',
    meaning:
      'Bubblewrap around every server: auto where it works, required to refuse to start without, off.',
  },
  childUidBase: {
    env: 'MCPLOG_CHILD_UID_BASE',
    schema: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 2 ** 31 })),
    meaning:
      "First of the uids that users' servers run under, one per user; needs root. Not set: 200000 as root with bubblewrap, else as this service.",
  },
  hiddenDirs: {
    env: 'MCPLOG_HIDDEN_DIRS',
    schema: Type.Array(pathSetting()),
    default: [],
    meaning: 'Folders besides the data folder that bubblewrap hides from servers.',
  },
  childMemoryBytes: {
    env: 'MCPLOG_CHILD_MEMORY_BYTES',
    schema: Type.Integer({ minimum: GIB, maximum: 2 ** 45 }),
    default: 4 * GIB,
    meaning: 'Writable memory one process of a server may claim, under bubblewrap (RLIMIT_DATA).',
  },
  childProcessesMax: {
    env: 'MCPLOG_CHILD_PROCESSES_MAX',
    schema: Type.Integer({ minimum: 16, maximum: 2 ** 20 }),
    default: 1_024,
    meaning: 'Processes and threads of one user together, under bubblewrap and a uid of their own.',
  },
  childOpenFilesMax: {
    env: 'MCPLOG_CHILD_OPEN_FILES_MAX',
    schema: Type.Integer({ minimum: 64, maximum: 2 ** 20 }),
    default: 4_096,
    meaning: 'Files one process of a server may have open, under bubblewrap.',
  },
});

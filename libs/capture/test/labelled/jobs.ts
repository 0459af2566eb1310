/** What is run for which sample; `$WORK` is the work folder. */
export interface Step {
  /** Letter of a mark written before the step: D, I, W or E. */
  readonly level?: string;
  readonly text?: string;
  readonly command?: readonly string[];
  /** Under the programs. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program's stdout is part of the sample. */
  readonly stdout?: boolean;
}

export interface Job {
  /** `<tuned or second>/<language>/<scene>`. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly needs?: readonly string[];
  /** Puts a mark where a program prints two records by itself. */
  readonly alter?: (marked: string) => string;
}

const say = (level: string, text: string): Step => ({ level, text });

function node(set: string, scenes: string, version: { name: string; path: string }): Job[] {
  return scenes.split(' ').map((scene) => ({
    name: `${set}/javascript/${version.name}-${scene}`,
    needs: [version.path, '$WORK/node_modules'],
    steps: [{ command: [version.path, `${set}.mjs`, scene], cwd: 'node' }],
  }));
}

function python(set: string, version: string, job: { program: string; scenes: string }): Job[] {
  const path = `$WORK/py-${version}/bin/python`;
  return job.scenes.split(' ').map((scene) => ({
    name: `${set}/${scene.includes('rich') || scene.includes('structlog_console') ? 'rich' : 'python'}/${version}-${job.program}-${scene}`,
    needs: [path],
    steps: [{ command: [path, `${job.program}.py`, scene], cwd: 'python' }],
  }));
}

const SLF4J = '/usr/share/java/slf4j-api.jar';
const LOGBACK = `/usr/share/java/logback-classic.jar:/usr/share/java/logback-core.jar:${SLF4J}`;

function java(set: string, program: string, scenes: string): Job[] {
  return scenes.split(' ').map((scene) => ({
    name: `${set}/java/${scene}`,
    needs: ['/usr/bin/java'],
    steps: [{ command: ['java', '-Xmx64m', `${program}.java`, scene], cwd: 'java' }],
  }));
}

function logback(set: string, name: string, pattern: string): Job {
  const classes = `${LOGBACK}:$WORK/app/java`;
  const command = ['java', '-cp', classes, `-Dcatalogue.pattern=${pattern}`, 'Frameworks.java'];
  return {
    name: `${set}/java/logback-${name}`,
    needs: ['/usr/share/java/logback-classic.jar'],
    steps: [{ command, cwd: 'java' }],
  };
}

function go(set: string, scenes: string): Job[] {
  return scenes.split(' ').map((scene) => ({
    name: `${set}/go/${scene}`,
    needs: ['/usr/bin/go'],
    steps: [
      { command: ['go', 'build', '-o', `$WORK/go-${set}`, `${set}.go`], cwd: 'go' },
      { command: [`$WORK/go-${set}`, scene] },
    ],
  }));
}

function goFrameworks(set: string, scenes: string): Job[] {
  const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  return scenes.split(' ').map((scene) => ({
    name: `${set}/go/frameworks-${scene}`,
    needs: ['/usr/share/gocode/src/go.uber.org/zap'],
    steps: [
      { command: ['go', 'build', '-o', '$WORK/go-fw', '.'], cwd: 'go/frameworks', env },
      { command: ['$WORK/go-fw', scene] },
    ],
  }));
}

function rust(set: string, backtrace: string, scenes: string): Job[] {
  return scenes.split(' ').map((scene) => ({
    name: `${set}/rust/${scene}-backtrace-${backtrace}`,
    needs: ['$WORK/rustc'],
    // A panic in a destructor panics again.
    alter: (marked) =>
      marked.replace(/\n(thread '\w+' \(\d+\) panicked at \/rustc)/, '\n\u001eE\u001f$1'),
    steps: [
      {
        command: ['$WORK/rustc', '-g', '-Awarnings', `${set}.rs`, '-o', `$WORK/rust-${set}`],
        cwd: 'rust',
        stdout: true,
      },
      { command: [`$WORK/rust-${set}`, scene], env: { RUST_BACKTRACE: backtrace } },
    ],
  }));
}

function mono(set: string, program: string, scenes: string): Job[] {
  return scenes.split(' ').map((scene) => ({
    name: `${set}/dotnet/mono-${scene}`,
    needs: ['/usr/bin/mono'],
    // Mono tells an uncaught exception twice.
    alter: (marked) => marked.replace('\n[ERROR] FATAL', '\n\u001eE\u001f[ERROR] FATAL'),
    steps: [
      { command: ['mcs', '-debug', `${program}.cs`], cwd: 'dotnet' },
      { command: ['mono', '--debug', `${program}.exe`, scene], cwd: 'dotnet' },
    ],
  }));
}

const NPM_ENV = { npm_config_userconfig: '/dev/null', npm_config_update_notifier: 'false' };
const npm = (level: string, ...args: string[]): Step => ({
  level,
  command: ['npm', ...args],
  cwd: 'npm',
  env: NPM_ENV,
});

const CURRENT = { name: 'node24', path: '$WORK/node24' };
const OLDER = { name: 'node20', path: '/usr/bin/node' };

const TUNED: readonly Job[] = [
  ...node(
    'tuned',
    'console-mix uncaught uncaught-props reject-value reject-error aggregate assertion deep-stack syntax-error missing-import out-of-memory warnings pino pino-pretty winston bunyan debug log4js-consola trace-and-table',
    CURRENT,
  ),
  ...node(
    'tuned',
    'console-mix uncaught reject-value aggregate assertion syntax-error missing-import out-of-memory warnings',
    OLDER,
  ),
  ...['3.8.18', '3.11.7', '3.13.0'].flatMap((version) =>
    python('tuned', version, {
      program: 'tuned',
      scenes: `logging print_exc uncaught uncaught_plain recursion thread asyncio ignored warnings imports fatal assert interrupt${version > '3.8.18' && version !== '3.8.18' ? ' groups' : ''}`,
    }),
  ),
  ...python('tuned', '3.11.7', {
    program: 'tuned',
    scenes: 'logging_short logging_bracket logging_pipe pprint',
  }),
  ...python('tuned', '3.11.7', {
    program: 'frameworks',
    scenes:
      'loguru loguru_diagnose structlog_console structlog_json structlog_logfmt colorlog rich_log rich_plain rich_uncaught rich_panel pydantic httpx uvicorn flask',
  }),
  ...java('tuned', 'Tuned', 'uncaught printed jul thread overflow memory initializer'),
  logback('tuned', 'default', '%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} -- %msg%n'),
  logback(
    'tuned',
    'spring',
    "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %5p 4242 --- [catalogue] [%15.15t] %-40.40logger{39} : %m%n",
  ),
  {
    name: 'tuned/java/launcher',
    needs: ['/usr/bin/java'],
    steps: [
      say('I', 'building'),
      { level: 'E', command: ['java', 'Broken.java'], cwd: 'java' },
      say('I', 'starting anyway'),
      { level: 'E', command: ['java', 'NoSuch'], cwd: 'java' },
      say('I', 'ended'),
    ],
  },
  ...go('tuned', 'logs index nil goroutines custom again maps stack overflow fatal http'),
  ...goFrameworks('tuned', 'logrus zap-dev zap-prod zerolog errors'),
  {
    name: 'tuned/go/deadlock',
    needs: ['/usr/bin/go'],
    steps: [
      { command: ['go', 'build', '-o', '$WORK/go-deadlock', 'main.go'], cwd: 'go/deadlock' },
      { command: ['$WORK/go-deadlock'] },
    ],
  },
  {
    name: 'tuned/go/compiler',
    needs: ['/usr/bin/go'],
    steps: [
      say('I', 'building'),
      { level: 'E', command: ['go', 'build', 'broken.go'], cwd: 'go/broken' },
      say('I', 'ended'),
    ],
  },
  ...rust('tuned', '0', 'index unwrap expect equal lines thread debug overflow double error'),
  ...rust('tuned', '1', 'index thread'),
  ...rust('tuned', 'full', 'unwrap double'),
  ...mono('tuned', 'Tuned', 'uncaught printed logged task'),
  {
    name: 'tuned/npm/offline',
    needs: ['/usr/bin/npm'],
    steps: [
      say('I', 'installing'),
      npm('E', 'install', '--offline', '@example/never-cached'),
      say('I', 'trying npx'),
      npm('E', 'exec', '--offline', '--yes', 'never-cached-server'),
      say('I', 'trying a script'),
      npm('E', 'run', 'no-such-script'),
      say('I', 'ended'),
    ],
  },
  {
    name: 'tuned/npm/folder',
    needs: ['/usr/bin/npm'],
    steps: [npm('E', 'install', '--offline', './no-such-folder'), say('I', 'ended')],
  },
];

const SECOND: readonly Job[] = [
  ...[CURRENT, OLDER].flatMap((version) =>
    node(
      'second',
      'handled uncaught-three nested-aggregate reject-nothing bad-json no-export worker assert-lines trace-warnings out-of-memory loggers',
      version,
    ),
  ),
  ...['3.9.18', '3.10.13', '3.11.7', '3.12.1', '3.13.0'].flatMap((version) =>
    python('second', version, {
      program: 'second',
      scenes: `iso braces thread_name bare uncaught warn syntax async_log exit${version.startsWith('3.9') || version.startsWith('3.10') ? '' : ' nested_groups'}`,
    }),
  ),
  ...python('second', '3.11.7', {
    program: 'second_frameworks',
    scenes: 'rich_wide rich_plain_uncaught loguru_plain structlog_console_plain fastmcp',
  }),
  ...python('second', '3.13.0', {
    program: 'second_frameworks',
    scenes: 'rich_wide rich_plain_uncaught loguru_plain',
  }),
  ...java('second', 'Second', 'handled future worker'),
  logback('second', 'bar', '%d{ISO8601} | %-5p | %t | %c{1} | %m%n'),
  ...go('second', 'cast nil-map error-value workers recovered negative'),
  ...rust('second', '0', 'option map closure caught unequal arithmetic refcell'),
  ...rust('second', '1', 'closure caught'),
  ...rust('second', 'full', 'option'),
  ...mono('second', 'Second', 'uncaught serilog thread'),
  {
    name: 'second/npm/exec',
    needs: ['/usr/bin/npm'],
    steps: [
      npm('E', 'ci', '--offline'),
      say('I', 'giving up on ci'),
      npm(
        'E',
        'exec',
        '--offline',
        '--yes',
        '--package=@example/hotel@9',
        'hotel',
        '--',
        '--stdio',
      ),
      say('I', 'giving up on exec'),
      npm('E', 'start'),
      say('I', 'ended'),
    ],
  },
];

const HELD_OUT: readonly Job[] = [
  ...[CURRENT, OLDER].flatMap((version) =>
    node('held-out', 'server crash crash-cause throw-object any-failed loggers', version),
  ),
  ...['3.8.18', '3.11.7', '3.13.0'].flatMap((version) =>
    python('held-out', version, {
      program: 'held_out',
      scenes: 'default syslog level_first server crash pool stack',
    }),
  ),
  ...java('held-out', 'HeldOut', 'server crash cast'),
  logback('held-out', 'short', '%-5level [%thread] %logger{0}: %msg%n'),
  ...go('held-out', 'slice divide closed log-panic'),
  ...rust('held-out', '0', 'parse utf8 unreachable thread'),
  ...rust('held-out', '1', 'parse'),
  ...mono('held-out', 'HeldOut', 'crash handled'),
];

const FRESH: readonly Job[] = [
  ...[CURRENT, OLDER].flatMap((version) =>
    node('fresh', 'stdio uncaught unhandled-plain type-error pino', version),
  ),
  ...['3.9.18', '3.12.1', '3.13.0'].flatMap((version) =>
    python('fresh', version, { program: 'fresh', scenes: 'basic colon angle prints uncaught' }),
  ),
  ...java('fresh', 'Fresh', 'uncaught printed'),
  ...go('fresh', 'wrapped goroutine'),
  ...rust('fresh', '0', 'expect parse'),
  ...rust('fresh', 'full', 'parse'),
];

/** `py-debian` is Debian 12's python3 with its packages of rich, uvicorn, fastapi and others. */
const THIRD: readonly Job[] = [
  ...['3.9.18', '3.11.7', '3.13.0'].flatMap((version) =>
    python('third', version, {
      program: 'third',
      scenes: `dashed padded in_module name_first dated message_only prints prints_between_logs warnings tracemalloc tasks tasks_without_logging debug_loop bad_format config config_broken faulthandler threads unraisable arguments starts interrupt${version === '3.9.18' ? '' : ' groups notes'}`,
    }),
  ),
  ...python('third', '3.11.7', { program: 'third', scenes: 'pydantic jsonschema yaml' }),
  ...python('third', 'debian', {
    program: 'third_servers',
    scenes:
      'uvicorn uvicorn_startup uvicorn_port flask pip gunicorn structlog_key_value loguru loguru_short colorlog',
  }),
  ...python('third', 'debian', {
    program: 'third_rich',
    scenes:
      'rich_fastmcp rich_narrow rich_very_narrow rich_date rich_no_time rich_no_level rich_plain_traceback rich_named rich_prints rich_installed rich_installed_message rich_syntax rich_console_log rich_drawings rich_tasks rich_structlog',
  }),
];

const FOURTH: readonly Job[] = [
  ...['3.10.13', '3.12.1'].flatMap((version) =>
    python('fourth', version, {
      program: 'fourth',
      scenes:
        'iso_z square level_name clock relative tagged prints pool loop crash_below_logs warn children threads',
    }),
  ),
  ...python('fourth', 'debian', { program: 'fourth', scenes: 'click libraries' }),
  ...python('fourth', 'debian', {
    program: 'fourth_rich',
    scenes:
      'rich_default rich_wide rich_named rich_untimed rich_repeated rich_exceptions rich_pictures rich_log rich_crash',
  }),
];

export const JOBS: readonly Job[] = [
  ...TUNED,
  ...SECOND,
  ...HELD_OUT,
  ...FRESH,
  ...THIRD,
  ...FOURTH,
];

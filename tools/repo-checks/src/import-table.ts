/** Which libs each lib may import: the table of the architecture page, as data. */
export const LIB_IMPORTS: Readonly<Record<string, readonly string[] | 'any lib'>> = {
  'log-entry': [],
  protocol: ['log-entry'],
  capture: ['log-entry'],
  masking: [],
  'log-query': ['log-entry'],
  'log-store': ['log-entry', 'log-query'],
  'log-proof': ['log-entry', 'log-store'],
  'access-control': [],
  'message-bus': ['log-entry', 'protocol'],
  registry: ['protocol', 'message-bus'],
  'service-host': [],
  'http-door': ['access-control', 'protocol', 'registry', 'service-host'],
  'service-journal': ['http-door', 'message-bus', 'registry', 'service-host'],
  'test-kit': 'any lib',
};

export interface Door {
  /** What is imported. */
  readonly pattern: RegExp;
  /** Folders whose source may import it; tests may import everything. */
  readonly openTo: RegExp;
  readonly rule: string;
}

/** Packages and doors that only some folders may use. */
export const DOORS: readonly Door[] = [
  {
    pattern: /^@mcplog\/log-store\/writer$/,
    openTo: /^(apps\/(log-writer|maintenance-worker)|tools\/(bench|fault-tests)|libs\/log-store)\//,
    rule: 'only log-writer, maintenance-worker, bench, fault-tests and tests write log files',
  },
  {
    pattern: /^@mcplog\/log-store\/maintenance$/,
    openTo: /^(apps\/maintenance-worker|tools\/(bench|fault-tests)|libs\/log-store)\//,
    rule: 'only maintenance-worker, bench, fault tests and tests seal and repair log files',
  },
  {
    pattern: /^@mcplog\/log-store\/check$/,
    openTo:
      /^(apps\/(maintenance-worker|cli)|tools\/(bench|fault-tests)|libs\/(log-proof|log-store))\//,
    rule: 'only maintenance-worker, cli, log-proof, bench and fault tests look into sealed segments',
  },
  {
    pattern: /^@mcplog\/log-store\/disk$/,
    openTo: /^libs\/(log-proof|log-store)\//,
    rule: 'only log-proof keeps files of its own beside the logs',
  },
  {
    pattern: /^@nats-io\//,
    openTo: /^libs\/message-bus\//,
    rule: 'only libs/message-bus knows NATS',
  },
  {
    pattern: /^(fastify$|@fastify\/)/,
    openTo: /^(apps|libs\/http-door)\//,
    rule: 'only apps and libs/http-door know fastify',
  },
  {
    pattern: /^@mcplog\/test-kit(\/|$)/,
    openTo: /^(tools|libs\/test-kit)\//,
    rule: 'test-kit is for tests and tools',
  },
];

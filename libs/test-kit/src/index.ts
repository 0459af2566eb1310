export { browserPath } from './browser.ts';
export {
  type ChildProgram,
  type ChildProgramOptions,
  isAlive,
  type ProgramExit,
  startProgram,
} from './child-program.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { hostileServerPath } from './hostile-path.ts';
export type { HostileAttempt, HostileTargets } from './hostile-server.ts';
export { MemoryDisk } from './memory-disk.ts';
export { type FaultPlan, type Operation, PowerCutError } from './memory-faults.ts';
export type { Survival } from './memory-survival.ts';
export { type NatsOptions, startNats } from './nats.ts';
export { type McpServerCommand, type RealMcpServers, realMcpServers } from './real-mcp-servers.ts';
export { type RedisOptions, startRedis } from './redis.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
export { makeTempDir, withTempDir } from './temp-dir.ts';
export type { TestServer } from './test-server.ts';

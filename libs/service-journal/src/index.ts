export { RequestTimes, type RouteTimes } from './request-times.ts';
export {
  type ConnectionOptions,
  connectService,
  type ServiceConnection,
  type ServiceParts,
} from './service-connection.ts';
export { ServiceJournal } from './service-journal.ts';

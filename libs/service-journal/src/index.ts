export { RequestTimes, type RouteTimes } from './request-times.ts';
export { ServiceJournal } from './service-journal.ts';

import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { createSealer, loadOrCreateMasterKey } from '@mcplog/access-control';
import { createMasker } from '@mcplog/masking';
import { NewestRuns } from './ingest/newest-runs.ts';
import { CaptureFigures, captureTotals } from './instances/capture-figures.ts';
import { ChildOwners } from './instances/child-owners.ts';
import { ChildrenFile } from './instances/children-file.ts';
import { endLeftovers } from './instances/leftovers.ts';
import { stormOptions } from './instances/storm-settings.ts';
import { openIsolation } from './isolation/isolation.ts';
import { PipeReading } from './pipes/pipe-reading.ts';
import type { Settings } from './settings.ts';

/**
 * What this machine gives to every instance: keys, folders, the record of processes and the reader
 * of their pipes. Ends what a killed supervisor left behind, before anything else is started.
 */
export async function openSurroundings(settings: Settings) {
  const { dataDir, masterKeyFile, childPath } = settings;
  const isolation = await openIsolation({ ...settings, searchPath: childPath });
  const masterKey = await loadOrCreateMasterKey(masterKeyFile ?? join(dataDir, 'master.key'));
  const children = new ChildrenFile(join(dataDir, 'supervisor', 'children.json'));
  const heldDir = join(dataDir, 'supervisor', 'held');
  const figures = new CaptureFigures();
  /** Of what `mcplog wrap` sends: nobody here knows the secrets of those servers. */
  const masker = createMasker();
  figures.follow(() => captureTotals(masker.counters()));
  const reading = await PipeReading.open(join(dataDir, 'supervisor'));
  return {
    dataDir,
    childPath,
    children,
    heldDir,
    reading,
    newestRuns: new NewestRuns(join(dataDir, 'supervisor', 'wrap-runs.json')),
    isolation,
    storm: stormOptions(settings),
    figures,
    masker,
    health: settings,
    owners: new ChildOwners({ dataDir, isolation }),
    leftovers: await endLeftovers({ children, reading, heldDir }),
    sealer: createSealer(masterKey),
    /** Lets a masked value be recognised when it comes again, without telling what it is. */
    hashKey: createHmac('sha256', masterKey).update('masked values').digest(),
  };
}

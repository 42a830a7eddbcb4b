import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { startDaemon, type Daemon } from '../../graphite/daemon.ts'
import { freePort } from '../../sockets.ts'

/** A carbon-cache of Debian, that can be killed and started again. */
export interface Carbon {
  readonly ports: Readonly<Record<'plain' | 'pickle', number>>
  readonly start: () => Daemon
}

/** carbon-cache in a folder, with a second for each point and no limit of its own. */
export async function createCarbon(folder: string): Promise<Carbon> {
  const [plain, pickle, query] = [await freePort('tcp'), await freePort('tcp'), await freePort('tcp')]
  const config = join(folder, 'carbon.conf')
  const settings = {
    USER: '',
    STORAGE_DIR: folder,
    CONF_DIR: folder,
    LOG_DIR: folder,
    PID_DIR: folder,
    LOCAL_DATA_DIR: join(folder, 'whisper'),
    LINE_RECEIVER_INTERFACE: '127.0.0.1',
    LINE_RECEIVER_PORT: plain,
    PICKLE_RECEIVER_INTERFACE: '127.0.0.1',
    PICKLE_RECEIVER_PORT: pickle,
    CACHE_QUERY_INTERFACE: '127.0.0.1',
    CACHE_QUERY_PORT: query,
    MAX_CACHE_SIZE: 'inf',
    MAX_UPDATES_PER_SECOND: 'inf',
    MAX_CREATES_PER_MINUTE: 'inf',
    ENABLE_TAGS: 'False',
    CARBON_METRIC_INTERVAL: 0,
  }
  const rows = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(config, `[cache]\n${rows.join('\n')}\n`)
  writeFileSync(join(folder, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 1s:2h\n')
  let runs = 0
  return {
    ports: { plain, pickle },
    start: () =>
      startDaemon('carbon-cache', [
        ...[
          '--nodaemon',
          `--config=${config}`,
          `--logdir=${folder}`,
          `--pidfile=${join(folder, `pid${(runs += 1)}`)}`,
        ],
        'start',
      ]),
  }
}

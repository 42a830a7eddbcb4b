// What the packages run on: each runtime in one exact version, from npm.
import { join } from 'node:path'

import { downloaded } from './downloads.mjs'

const { platform, arch } = process
if (platform !== 'linux')
  throw new Error(`npm has all these runtimes for Linux, not for ${platform}; run it there`)
const bunArch = arch === 'arm64' ? 'aarch64' : arch

const denoWords = ['run', '--no-prompt', '--quiet', '--node-modules-dir=manual']

/**
 * The least that works: the files of the app and of the data; the name of the host, for the lock; the whole network, because
 * the lock is a socket whose name depends on the folder.
 */
const denoPermissions = (app, state) => [
  `--allow-read=${app},${state}`,
  `--allow-write=${state}`,
  '--allow-sys=hostname',
  '--allow-net',
]

const table = [
  // The oldest version that `engines` promises.
  { name: 'Node 20', spec: `node-linux-${arch}@20.19.0`, bin: 'bin/node' },
  { name: 'Node 22', spec: `node-linux-${arch}@22.23.3`, bin: 'bin/node' },
  { name: 'Node 24', spec: `node-linux-${arch}@24.19.0`, bin: 'bin/node' },
  { name: 'Bun', spec: `@oven/bun-linux-${bunArch}@1.3.14`, bin: 'bin/bun' },
  {
    name: 'Deno',
    spec: `@deno/linux-${arch}-glibc@2.9.6`,
    bin: 'deno',
    words: (app, state) => [...denoWords, ...denoPermissions(app, state)],
    forbidden: {
      words: (app, state) => [
        ...denoWords,
        ...denoPermissions(app, state).slice(0, -1),
        '--allow-net=127.0.0.1',
      ],
      code: 'JOURNAL_READ_ONLY',
      says: '--allow-net',
    },
  },
]

/** All of them. `load()` gives the path of the program. */
export const runtimes = table.map(({ name, spec, bin, words = () => [], forbidden }) => ({
  name: `${name} (${spec.slice(spec.lastIndexOf('@') + 1)})`,
  load: async () => join(await downloaded(spec), spec.slice(0, spec.lastIndexOf('@')), bin),
  words,
  forbidden,
}))

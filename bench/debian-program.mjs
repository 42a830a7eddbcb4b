// Peers that are programs of Debian, and not of npm.
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'

/** Which one is installed; `undefined` where none is. */
export function versionOf(program) {
  try {
    const said = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return /version ([\d.]+)/.exec(said)?.[1]
  } catch {
    return undefined
  }
}

/** A port of the loopback that nobody listens on. */
export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

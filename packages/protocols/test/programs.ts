import { spawnSync } from 'node:child_process'

import type { TestContext } from 'vitest'

/** Skips the test where a program of Debian is not here, or fails it where all must be. */
export function needProgram(context: TestContext, program: string, debianPackage: string): void {
  if (spawnSync('which', [program]).status === 0) return
  const reason = `no ${program} here; on Debian: apt-get install ${debianPackage}`
  if (process.env['TOCSIN_REQUIRE_PEERS'] === '1')
    throw new Error(`TOCSIN_REQUIRE_PEERS is set, but ${reason}`)
  context.skip(reason)
}

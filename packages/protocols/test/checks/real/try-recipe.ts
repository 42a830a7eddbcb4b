import { expect } from 'vitest'

import { type CheckResult, httpCheck, type HttpCheckOptions, runOnce } from '../../../src/checks/index.ts'
import type { Recipe } from './recipes.ts'
import type { RealServer } from './servers.ts'

/** Runs a recipe as it stands, but for the port. */
export function runRecipe(
  { options }: Recipe,
  port: number,
  other: Partial<HttpCheckOptions> = {},
  timeoutMs = 5000,
): Promise<CheckResult> {
  const url = new URL(options.url)
  url.host = `127.0.0.1:${port}`
  return runOnce(httpCheck({ ...options, url: url.href, ...other }), { timeoutMs })
}

/** What a run found: kind by series. */
export const kindsOf = ({ samples }: CheckResult): Readonly<Record<string, string>> =>
  Object.fromEntries(samples.map(({ series, kind }) => [series.key, kind]))

/** A recipe finds what it says; nothing while its server hangs, which goes on after that; nothing where it has ended. */
export async function tryRecipe(recipe: Recipe, port: number, server: RealServer): Promise<CheckResult> {
  const result = await runRecipe(recipe, port)
  expect(result).toMatchObject({ state: 'good', available: 'yes', status: 'good' })
  expect(kindsOf(result)).toMatchObject(recipe.metrics)
  server.hang()
  const hung = await runRecipe(recipe, port, {}, 300)
  server.goOn()
  expect(hung).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
  expect(kindsOf(hung)).toMatchObject({ tt_connect: 'gauge' })
  expect(await runRecipe(recipe, port)).toMatchObject({ state: 'good' })
  await server.kill()
  expect(await runRecipe(recipe, port)).toMatchObject({
    state: 'bad',
    available: 'no',
    status: `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
  })
  return result
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { startExample, temporaryFolder } from '../../run-example.ts'

it('shows the targets of its file, tells outages and certificates to different places, and ends by Ctrl+C', async () => {
  using data = temporaryFolder()
  const { printed, interrupt, ended } = startExample('09-uptime', data.path)
  onTestFinished(interrupt)
  const urlOf = (): string | undefined => /The page: (\S+)/.exec(printed())?.[1]
  await expect.poll(urlOf).toBeDefined()
  const page = async (): Promise<string> => (await fetch(urlOf() ?? '')).text()
  const headings = async (): Promise<readonly (string | undefined)[]> =>
    [...(await page()).matchAll(/<h2>(.*?) </g)].map(([, name]) => name)

  const certificates = async (): Promise<unknown> => (await page()).match(/certificate: \d+ days left/g)
  await expect.poll(certificates).toEqual(['certificate: 10 days left', 'certificate: 2 days left'])
  expect(await headings()).toEqual(['shop', 'feed', 'pay', 'blog'])
  // A past with good days, bad ones and unknown ones, which is said to be none.
  const colors = async (): Promise<unknown> =>
    [...new Set([...(await page()).matchAll(/<rect class="(\w+)"/g)].map(([, color]) => color))].sort()
  await expect.poll(colors).toEqual(['bad', 'good', 'unknown', 'warning'])
  expect((await page()).includes('is made up')).toBe(true)

  await expect.poll(printed).toContain('certificates | ')
  await expect.poll(printed).toMatch(/outages {6}\| (shop|feed) is down/)
  expect(printed()).toMatch(/certificates \| \S+ blog has a certificate for less than 3 days/)
  expect(printed()).toMatch(/certificates \| \S+ pay has a certificate for less than 14 days/)
  expect(printed()).not.toMatch(/outages.*certificate|certificates.*is down/)

  const file = join(data.path, 'targets.json')
  const { targets } = JSON.parse(readFileSync(file, 'utf8')) as { targets: readonly { name: string }[] }
  writeFileSync(file, '{ "targets": [{ "name": "half')
  await expect.poll(printed).toContain('not taken: ')
  expect(await headings()).toHaveLength(4)
  const others = targets.filter(({ name }) => name !== 'shop' && name !== 'feed')
  const added = { name: '<b>new', url: 'http://127.0.0.1:9/', every: '1s' }
  writeFileSync(file, JSON.stringify({ targets: [...others, added] }))
  await expect.poll(headings).toEqual(['pay', 'blog', '&#60;b&#62;new'])
  await expect.poll(printed).toContain('| <b>new is down')

  interrupt()
  expect(await ended).toMatchObject({ code: 0, printed: expect.stringMatching(/Stopped\.\n$/) })
})

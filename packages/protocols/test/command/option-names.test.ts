import { describe, expect, it } from 'vitest'

import { nearest, typedName } from '../../src/command/option-names.ts'

describe('names of options', () => {
  it('are typed with dashes', () => {
    expect(['maxRedirects', 'url', 'minAvailablePercent'].map(typedName)).toEqual([
      '--max-redirects',
      '--url',
      '--min-available-percent',
    ])
  })

  it.each([
    ['--pasword', ['--password']],
    ['--maxRedirects', ['--max-redirects', '--max-rows']],
    ['--databaes', ['--database']],
    ['--redirects', ['--max-redirects']],
    ['--timeout', ['--timeout-ms']],
    ['--colour', []],
    ['--x', []],
  ])('%s may mean %j', (wrong, right) => {
    const names = ['--password', '--max-redirects', '--database', '--timeout-ms', '--tls', '--max-rows']
    expect(nearest(wrong, names).slice(0, 1)).toEqual(right.slice(0, 1))
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { temporaryFolder } from '../../run-example.ts'
import { readTargets } from '../targets.ts'

const url = 'https://shop.example/'

it('makes a check of each target, once a minute unless it says otherwise', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'targets.json')
  writeFileSync(
    file,
    JSON.stringify({
      targets: [
        { name: 'shop', url },
        { name: 'pay', url, every: '10s' },
      ],
    }),
  )
  const read = readTargets(file)
  expect(read.map(({ check, periodMs }) => [check.name, periodMs])).toEqual([
    ['shop', 60_000],
    ['pay', 10_000],
  ])
})

it.each([
  ['{', 'cannot be read as JSON'],
  ['[]', 'must be an object with a list "targets"'],
  ['null', 'must be an object with a list "targets"'],
  [{ targets: [3] }, 'targets[0]: must be an object'],
  [{ targets: [{ name: 'shop' }] }, 'targets[0]: "name" and "url" must be there'],
  [{ targets: [{ name: 'shop', url: 'ftp://shop.example' }] }, 'starts with http:// or https://'],
  [{ targets: [{ name: 'shop', url, evry: '1m' }] }, 'there is no field "evry"'],
  [{ targets: [{ name: 'shop', url, every: 5 }] }, '"every" must be a text'],
  [{ targets: [{ name: 'shop', url, every: '10ms' }] }, '"every" must be 1s or more'],
  [{ targets: [{ name: 'shop', url, every: 'often' }] }, 'targets[0]: '],
  [{ targets: [{ name: 'shop', url, authorities: 'none.pem' }] }, 'none.pem'],
  [
    {
      targets: [
        { name: 'shop', url },
        { name: 'shop', url },
      ],
    },
    'targets[1]: "shop" is there twice',
  ],
])('says of %j what is wrong', (content, message) => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'targets.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  expect(() => readTargets(file)).toThrow(message)
})

import { expect, it } from 'vitest'

import { createProgress } from '../src/cli/terminal.ts'

const mebibyte = 1024 * 1024

function run(watched: boolean, wanted: boolean): readonly string[] {
  const lines: string[] = []
  const terminal = {
    ...{ out: async () => undefined, err: () => undefined, colour: false, watched },
    status: (text: string) => void lines.push(text),
  }
  let time = 0
  const progress = createProgress(terminal, { what: 'verify', totalBytes: 4 * mebibyte, wanted }, () => time)
  for (time = 0; time <= 1400; time += 100) progress.add(mebibyte / 8, 100)
  progress.done()
  return lines
}

it('shows nothing in the first second, then bytes and records a few times a second, and clears the line', () => {
  const lines = [
    'verify: 1.4 MiB of 4 MiB (34 %), 1100 records, 1100 records/s',
    'verify: 1.6 MiB of 4 MiB (40 %), 1300 records, 1083 records/s',
    'verify: 1.9 MiB of 4 MiB (46 %), 1500 records, 1071 records/s',
    '',
  ]
  expect(run(true, false)).toEqual(lines)
  expect(run(false, true)).toEqual(lines)
})

it('shows nothing where nobody watches', () => {
  expect(run(false, false)).toEqual([])
})

import { describe, expect, it } from 'vitest'

import { checkKinds } from '../../src/command/check-kinds.ts'
import { commandOptions, describedFields, describedKind } from '../../src/command/described-options.ts'
import { makeCheck } from '../../src/command/make-check.ts'
import { readWords } from '../../src/command/read-words.ts'
import { usage, usageOf } from '../../src/command/usage.ts'

const environment = { REDIS_PASSWORD: 'secret', IMAP_PASSWORD: 'secret' }
const all = [...checkKinds]

describe('the kinds of checks of the command', () => {
  it.each(all)('%s has an example that makes a check', (word, { example }) => {
    const known = [...commandOptions, ...describedKind(word).options]
    const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const words = readWords(example.split(' '), (typed) => known.find(({ name }) => kebab(name) === typed))
    const options = new Map([...words.options].filter(([typed]) => typed !== 'timeout-ms'))
    expect(makeCheck(word, { ...words, options }, environment).name).toContain(`${word}:`)
  })

  it.each(all)('%s is described with the options that it has', (word, { check }) => {
    const knownBy = (options: object): string => {
      try {
        check(options as never)
        return ''
      } catch (error) {
        return /known are (.*?)$/.exec((error as Error).message)?.[1] ?? ''
      }
    }
    const { says, options } = describedKind(word)
    expect(says).toMatch(/^A check .*\.$/)
    const names = options.map(({ name }) => name).sort()
    const known = knownBy({ 'no such': 1 }).split(', ')
    // Checks that have no TLS pass it over.
    expect(names).toEqual(known.filter((name) => name !== 'tls' || names.includes('tls')).sort())
    for (const option of [...options, ...options.flatMap(describedFields)]) {
      expect(option.says).toMatch(/\.$/)
      expect(option.takes.length).toBeGreaterThan(0)
    }
  })

  it.each(all)('%s has a page of help with all of them', (word, kind) => {
    const page = usageOf(word, kind)
    for (const { name } of describedKind(word).options)
      if (name !== kind.of)
        expect(page).toContain(`  --${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    for (const line of page.split('\n'))
      if (!line.startsWith('Example')) expect(line.length).toBeLessThan(103)
    expect(usage()).toContain(`\n  ${word} `)
  })
})

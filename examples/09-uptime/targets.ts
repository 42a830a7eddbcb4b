import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { parseDuration } from '@tocsin/fault'
import { httpCheck } from '@tocsin/protocols/checks'
import type { CheckDefinition } from '@tocsin/protocols/checks'
import { Observable } from 'rxjs'

/** One entry of the file. */
export interface Target {
  /** What people call it; its own in the file. */
  readonly name: string
  /** What is asked for, `http:` or `https:`. */
  readonly url: string
  /** How often; a minute where nothing is said. */
  readonly every?: string
  /** What the body must contain. */
  readonly contains?: string
  /** A file of authorities to trust instead of the usual ones, PEM; beside the file of targets. */
  readonly authorities?: string
}

const fields: ReadonlySet<string> = new Set(['name', 'url', 'every', 'contains', 'authorities'])

/** So many looks in a row must fail until somebody is told; the second and third come sooner. */
const attempts = 3

/** Reads a file of targets. Throws an error that says what is wrong with it, and then none of it counts. */
export function readTargets(file: string): readonly CheckDefinition[] {
  let targets: unknown
  try {
    targets = (JSON.parse(readFileSync(file, 'utf8')) as { readonly targets?: unknown } | null)?.targets
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON`, { cause: error })
  }
  if (!Array.isArray(targets)) throw new Error(`${file} must be an object with a list "targets"`)
  const names = new Set<string>()
  return targets.map((target: unknown, at) => {
    try {
      const definition = definitionOf(target, dirname(file))
      const { name } = definition.check
      if (names.has(name)) throw new Error(`"${name}" is there twice`)
      names.add(name)
      return definition
    } catch (error) {
      throw new Error(`${file}, targets[${at}]: ${messageOf(error)}`, { cause: error })
    }
  })
}

function definitionOf(target: unknown, folder: string): CheckDefinition {
  if (typeof target !== 'object' || target === null) throw new Error('must be an object')
  for (const [field, value] of Object.entries(target)) {
    if (!fields.has(field))
      throw new Error(`there is no field "${field}"; there are ${[...fields].join(', ')}`)
    if (typeof value !== 'string' || value === '') throw new Error(`"${field}" must be a text`)
  }
  const { name, url, every = '1m', contains, authorities } = target as Partial<Target>
  if (name === undefined || url === undefined) throw new Error('"name" and "url" must be there')
  const periodMs = parseDuration(every)
  if (periodMs === undefined || periodMs < 1000) throw new Error(`"every" must be 1s or more, got "${every}"`)
  const check = httpCheck({
    name,
    url,
    maxRedirects: 5,
    bodyMatch: contains,
    tls: authorities === undefined ? undefined : { ca: readFileSync(resolve(folder, authorities), 'utf8') },
  })
  return { check, periodMs, attempts, retryMs: Math.ceil(periodMs / 4) }
}

/**
 * The targets of a file, now and whenever it is changed. One that is wrong is told, and those before go on; at the start it is an error.
 */
export const watchTargets = (
  file: string,
  refused: (message: string) => void,
): Observable<readonly CheckDefinition[]> =>
  new Observable((subscriber) => {
    subscriber.next(readTargets(file))
    const read = (): void => {
      try {
        subscriber.next(readTargets(file))
      } catch (error) {
        refused(messageOf(error))
      }
    }
    // By its name and not by its inode: editors put a new file in the place of the old one.
    watchFile(file, { interval: 500 }, read)
    return () => unwatchFile(file, read)
  })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

import { asyncScheduler } from 'rxjs'
import { nodeFileSystem } from '@tocsin/core/node'

import { readIdentity } from '../../src/recover/identity.ts'
import { loadCursors } from '../../src/cursors/cursors.ts'
import { folderNames } from '../../src/cursors/name-locks.ts'

// Owns cursors of a journal that another process writes. Words on its input: "own <name>", "make <name> <seq>", "ack <name>
// <seq>", "remove <name>", each answered by a line.
const [directory = ''] = process.argv.slice(2)
const known = await readIdentity(nodeFileSystem, directory, 'json')
const cursors = await loadCursors({
  fileSystem: nodeFileSystem,
  folder: `${directory}/subscribers`,
  journalId: String(known),
  cursorSyncMs: 10,
  scheduler: asyncScheduler,
  takeName: folderNames(directory),
  report: () => undefined,
})

async function obey(word: string, name: string, seq: number): Promise<string> {
  const cursor = await cursors.look(name)
  if (word === 'make') {
    await cursors.whileNothingIsRemoved(async () => cursors.seek(await cursors.create(name, 0), seq))
    return 'made'
  }
  if (cursor === undefined) return 'unknown'
  if (word === 'own') await cursors.own(cursor)
  else if (word === 'ack') cursors.ack(cursor, seq)
  else await cursors.remove(cursor)
  return `${word} ${cursor.ackedSeq}`
}

process.stdin.setEncoding('utf8').on('data', (line) => {
  const [word = '', name = '', seq = '0'] = String(line).trim().split(' ')
  obey(word, name, Number(seq)).then(
    (answer) => process.stdout.write(`${answer}\n`),
    (error: unknown) => process.stdout.write(`${String(error)}\n`),
  )
})
process.stdout.write('ready\n')

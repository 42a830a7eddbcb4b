import { banner, findTools } from './banner.ts'
import { startObservatory } from './observatory.ts'
import { readSettings, usage } from './settings.ts'
import type { Settings } from './settings.ts'
import { listenForStop } from './stopping.ts'

const code = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(messageOf(error))
  return 1
})
// What was printed into a pipe goes first, unless nobody reads it.
process.stdout.write('', () => process.exit(code))
setTimeout(() => process.exit(code), 1000)

async function main(args: readonly string[]): Promise<number> {
  const settings = readSettings(args)
  if (settings === 'help') {
    console.log(usage)
    return 0
  }
  return run(settings)
}

/** Runs until it is told to stop or cannot go on, and puts everything away in either case. */
async function run(settings: Settings): Promise<number> {
  let unfinished = (): string => 'starting'
  const stopping = listenForStop(() => unfinished())
  const observatory = await startObservatory(settings)
  unfinished = () => observatory.closing
  if (!stopping.isRequested) console.log(banner(observatory, findTools()))
  let code = 0
  try {
    await Promise.race([stopping.requested, observatory.ended])
  } catch (error) {
    console.error(messageOf(error))
    code = 1
  }
  await observatory.close()
  unfinished = () => 'what it prints, which nobody reads'
  console.log(`Stopped; ${observatory.kept.toLocaleString('en')} samples kept in ${observatory.data}.`)
  return code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

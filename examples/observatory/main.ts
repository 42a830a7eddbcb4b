import { banner } from './banner.ts'
import { startObservatory } from './observatory.ts'
import { readSettings } from './settings.ts'

try {
  const observatory = await startObservatory(readSettings(process.argv.slice(2)))
  console.log(banner(observatory))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void observatory.close().then(() => process.exit(0))
    })
  }
  await observatory.ended
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

// Runs tasks side by side, as many as there are processors, all of them to the end; one line for each.
import { availableParallelism } from 'node:os'

/** `tasks`: pairs of a name and a function. Throws at the end where one failed. */
export async function runInLanes(tasks) {
  const waiting = [...tasks]
  const failed = []
  const lane = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const [name, run] = task
      const started = Date.now()
      try {
        await run()
      } catch (error) {
        failed.push(name)
        console.error(`FAILED ${name}:\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stack}`)
        continue
      }
      console.log(`ok ${name}, ${((Date.now() - started) / 1000).toFixed(1)} s`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  if (failed.length > 0) throw new Error(`failed: ${failed.join('; ')}`)
}

import type { CheckScene, SceneRun, TargetManner } from './check-scene.ts'
import { expectThat } from '../source-scene.ts'

/** One promise: how it is seen to be kept, and without which means of the user's it cannot be. */
export interface CheckPromise {
  readonly needs?: TargetManner | 'secrets'
  readonly check: (scene: CheckScene) => Promise<void>
}

/** Aborts a run in the middle of what it does, and sees it end. */
async function endByAbort(scene: CheckScene, run: SceneRun): Promise<void> {
  await scene.quiet()
  run.abort()
  await scene.ended(run)
}

const keysOf = ({ found }: SceneRun): string =>
  found.samples
    .map(({ series: { key } }) => key)
    .sort()
    .join(' ')

/** All promises of a check, by their sentences. */
export const promises: Readonly<Record<string, CheckPromise>> = {
  'does nothing before it is run': {
    check: (scene) => scene.expectClosed(),
  },

  'gives an outcome that is one, and is good where its target is': {
    async check(scene) {
      await scene.become('good')
      const run = scene.start()
      const { state, status, fault } = await scene.ended(run)
      expectThat(fault === undefined, `it ${fault ?? ''}`)
      expectThat(state === 'good', `its state is ${state}: ${status}`)
      expectThat(run.found.leftOut() === 0, `${run.found.leftOut()} values could not be taken`)
    },
  },

  'leaves nothing open, and keeps no timer': {
    async check(scene) {
      await scene.become('good')
      await scene.run()
      await scene.run()
      await scene.expectClosed()
    },
  },

  'ends when its signal is aborted, and leaves nothing open': {
    async check(scene) {
      await scene.become('hanging')
      await endByAbort(scene, scene.start())
      // At once, before anything has come of it.
      const run = scene.start()
      run.abort()
      await scene.ended(run)
      await scene.expectClosed()
    },
  },

  'ends where its signal was aborted before': {
    async check(scene) {
      await scene.become('hanging')
      await scene.ended(scene.start(true))
      await scene.expectClosed()
    },
  },

  'is not good where its target is not there': {
    needs: 'absent',
    async check(scene) {
      await scene.become('absent')
      const { state } = await scene.run()
      expectThat(state !== 'good', 'it was good')
      await scene.expectClosed()
      await scene.become('good')
      const again = await scene.run()
      expectThat(again.state === 'good', `when it was there again, it was ${again.state}: ${again.status}`)
    },
  },

  'bears a hostile target: it is not good, ends and leaves nothing open': {
    needs: 'hostile',
    async check(scene) {
      await scene.become('hostile')
      const run = scene.start()
      await endByAbort(scene, run)
      expectThat(run.end?.state !== 'good', 'it was good')
      await scene.expectClosed()
    },
  },

  'keeps two runs apart': {
    async check(scene) {
      await scene.become('good')
      const alone = scene.start()
      const { state } = await scene.ended(alone)
      for (const isOneAborted of [false, true]) {
        const [one, two] = [scene.start(), scene.start()]
        if (isOneAborted) one.abort()
        const [, end] = [await scene.ended(one), await scene.ended(two)]
        const measured = `it measured ${keysOf(two)} beside another, and ${keysOf(alone)} alone`
        expectThat(end.state === state, `beside another it was ${end.state}: ${end.status}`)
        expectThat(keysOf(two) === keysOf(alone), measured)
      }
    },
  },

  'repeats no secret': {
    needs: 'secrets',
    async check(scene) {
      for (const manner of ['good', 'absent', 'hanging', 'hostile'] as const) {
        await scene.become(manner)
        const run = scene.start()
        await endByAbort(scene, run)
        const said = JSON.stringify([scene.check.name, run.end, run.found.samples])
        const told = scene.secrets.filter((secret) => said.includes(JSON.stringify(secret).slice(1, -1)))
        // The secret itself is not shown again.
        expectThat(told.length === 0, `it told ${told.length} of them, where its target was ${manner}`)
      }
    },
  },
}

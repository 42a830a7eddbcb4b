import type { Socket } from 'node:net'

import { type CheckUnderTest, checkConformance } from '../../src/testing/index.ts'
import { serve } from './exchange/run.ts'

/** How a target is at the moment. */
export interface Manner {
  now: 'good' | 'absent' | 'hanging' | 'hostile'
}

/** What makes a target what it is to be. */
export const manners = (
  manner: Manner,
): Required<Pick<CheckUnderTest, 'good' | 'absent' | 'hanging' | 'hostile'>> => ({
  good: () => void (manner.now = 'good'),
  absent: () => void (manner.now = 'absent'),
  hanging: () => void (manner.now = 'hanging'),
  hostile: () => void (manner.now = 'hostile'),
})

/** A server of TCP that gives its connections to one that is good, or does something else with them. */
export const serveIn = (manner: Manner, good: (socket: Socket) => void): Promise<number> =>
  serve((socket) => {
    if (manner.now === 'good') good(socket)
    else if (manner.now === 'absent') socket.resetAndDestroy()
    else if (manner.now === 'hostile') socket.write('x'.repeat(200_000))
  })

/** Expects of a check what every one promises. */
export async function expectConformance(subject: CheckUnderTest): Promise<void> {
  for (const { run } of checkConformance(subject)) await run()
}

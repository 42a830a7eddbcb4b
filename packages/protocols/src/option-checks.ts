import { wholeNumber, type Check } from '@tocsin/core'

/** A port to listen on; 0 lets the system choose. */
export const portNumber: Check = wholeNumber(0, 65_535)

/** Most ms that a timer of Node can wait. */
export const maxTimerMs: number = 2 ** 31 - 1

/** How deep a document may nest; the stack holds far more. */
export const nestingLimit: Check = wholeNumber(1, 256)

/** A number of series to keep. */
export const seriesLimit: Check = wholeNumber(1, 2 ** 24)

/** A limit that the code allocates by. */
export const limit: Check = wholeNumber(1, 2 ** 30)

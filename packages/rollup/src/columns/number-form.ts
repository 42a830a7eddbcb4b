/** Rows that share a base and a width: a value that stands out costs its frame only. */
export const frameRows = 128

/** First byte of a column of numbers: how they are written. */
export const formMask = 3
/** Frames of packed bits. */
export const packedForm = 0
/** The first bytes of all numbers, then the second bytes, deflated. */
export const planesForm = 1
/** The bytes of the doubles themselves, in planes. */
export const doublesForm = 2
/** The planes of the doubles are deflated. */
export const deflatedFlag = 4
/** Each number is the difference to the one before; the one before the first stands in front. */
export const differencesFlag = 8
/** The numbers are (value - origin) / unit; both stand in front. */
export const gridFlag = 16

/** The name of a journal that is served alone, and of the one that is followed unless told otherwise. */
export const defaultJournalName = 'journal'

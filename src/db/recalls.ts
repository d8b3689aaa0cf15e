import type { Database } from './client'

/** By this processes tell each other that they lack some of a limit. */
export const RECALL_CHANNEL = 'callmissed_recall'

/** Hears of what other processes lack. */
export class Recalls {
  private isListening = false
  private readonly db: Pick<Database, 'listener'>

  constructor(db: Pick<Database, 'listener'>) {
    this.db = db
  }

  /**
   * `recall` hears of each subject of which a process other than this one lacks some, as long as the server's notifications
   * come; calling again begins anew where that has failed. Nothing is heard of an embedded server, or through a pooler.
   */
  listen(processId: () => string, recall: (subjectId: string) => void): void {
    if (!this.db.listener || this.isListening) return
    this.isListening = true
    const hear = (text: string) => {
      const [subjectId, sender] = text.split(' ')
      if (subjectId && sender !== processId()) recall(subjectId)
    }
    this.db.listener.listen(RECALL_CHANNEL, hear).catch(() => {
      this.isListening = false
    })
  }
}

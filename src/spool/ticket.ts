import type { Segment } from './segment'

/** A request that was begun and whose end is not safe yet; whoever began it hands the ticket back with its end. */
export interface Ticket {
  /** Its dispatch stands here, and keeps the segment. */
  segment: Segment
  /** Kept as text, so that it can be written again when its segment fails or has to go. */
  dispatch: string
  checkpoint: string | undefined
  /** Its last checkpoint stands here. */
  noted: Segment
  /** Its beginning is being written again. */
  isMoving: boolean
  /** ending: its end is written and not known to be safe. */
  state: 'open' | 'ending' | 'ended'
}

/** The requests that a segment keeps a place for and that nobody is ending. */
export function opened(segment: Segment): Ticket[] {
  return [...segment.tickets].filter(({ state }) => state === 'open')
}

/** A request that has just been begun in that segment. */
export function newTicket(dispatch: string, segment: Segment): Ticket {
  const ticket: Ticket = {
    segment,
    dispatch,
    checkpoint: undefined,
    noted: segment,
    isMoving: false,
    state: 'open',
  }
  segment.tickets.add(ticket)
  return ticket
}

/** The same request, begun once more there: what was known of its first try counts no more. */
export function beginAgain(ticket: Ticket, dispatch: string, segment: Segment): Ticket {
  ticket.dispatch = dispatch
  ticket.checkpoint = undefined
  ticket.noted = segment
  moveTicket(ticket, segment)
  return ticket
}

/** Has that segment keep the place of this request, and no other. */
function moveTicket(ticket: Ticket, to: Segment): void {
  ticket.segment.tickets.delete(ticket)
  ticket.segment = to
  to.tickets.add(ticket)
}

/** Has it keep the segment where it is written once more, as soon as that is safe, unless it has ended or gone elsewhere. */
export async function moveOnceSafe(ticket: Ticket, write: () => Promise<Segment>): Promise<void> {
  const { segment } = ticket
  ticket.isMoving = true
  try {
    const target = await write()
    if (ticket.state !== 'ended' && ticket.segment === segment) moveTicket(ticket, target)
  } finally {
    ticket.isMoving = false
  }
}

/** Whether what is known of it stands in a segment that failed, and in no other. */
export function isLost({ state, noted }: Ticket): boolean {
  return state === 'open' && noted.hasFailed
}
